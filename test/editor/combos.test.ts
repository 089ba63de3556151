import { beforeEach, describe, expect, test } from 'vitest';
import { comboOf, type Keyed, keysOf, objection, owners, sayCombo, useOwnKeys } from '../../app/editor/state/combos';

const memory = new Map<string, string>();
Object.assign(globalThis, {
  localStorage: {
    getItem: (key: string) => memory.get(key) ?? null,
    setItem: (key: string, value: string) => memory.set(key, value),
  },
});

const bare = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
const commands: Keyed[] = [
  { id: 'copy-card', keys: ['Mod+D'] },
  { id: 'card-help', keys: ['F1', '?'] },
  { id: 'help', keys: ['?'] },
];
const own = () => useOwnKeys.getState().own;
beforeEach(() => useOwnKeys.getState().reset());

describe('combinations of keys', () => {
  test('Ctrl and ⌘ are one; Shift belongs to a sign and stands beside a letter; a modifier alone is nothing yet', () => {
    expect(comboOf({ ...bare, key: 'z', ctrlKey: true })).toBe('Mod+Z');
    expect(comboOf({ ...bare, key: 'z', metaKey: true })).toBe('Mod+Z');
    expect(comboOf({ ...bare, key: 'Z', ctrlKey: true, shiftKey: true })).toBe('Mod+Shift+Z');
    expect(comboOf({ ...bare, key: '?', shiftKey: true })).toBe('?');
    expect(comboOf({ ...bare, key: ' ' })).toBe('Space');
    expect(comboOf({ ...bare, key: 'Shift', shiftKey: true })).toBeNull();
    expect(sayCombo('Mod++')).toBe('Ctrl +');
  });

  test('a key of one’s own replaces the one it came with, is kept, and can be given back', () => {
    useOwnKeys.getState().give(commands, 'help', 'H');
    expect(keysOf(commands[2]!, own())).toEqual(['H']);
    expect(JSON.parse(memory.get('skein.keys')!)).toEqual({ help: ['H'] });
    useOwnKeys.getState().reset('help');
    expect(keysOf(commands[2]!, own())).toEqual(['?']);
  });

  test('a key of another command is named, and leaves it when it is taken; what was shared from the beginning is no conflict', () => {
    expect(owners(commands, own(), { id: 'help', combo: 'Mod+D' }).map(({ id }) => id)).toEqual(['copy-card']);
    expect(owners(commands, own(), { id: 'help', combo: '?' })).toEqual([]);
    useOwnKeys.getState().give(commands, 'help', 'Mod+D');
    expect(commands.map((command) => keysOf(command, own()))).toEqual([[], ['F1', '?'], ['Mod+D']]);
  });

  test('what the browser or the clipboard needs is refused', () => {
    for (const combo of ['Mod+C', 'Mod+W', 'F5', 'Tab', 'Escape']) expect(objection(combo)).toMatch(/Choose another/);
    for (const combo of ['Mod+D', 'Alt+ArrowUp', 'Q', 'F1']) expect(objection(combo)).toBeNull();
  });
});
