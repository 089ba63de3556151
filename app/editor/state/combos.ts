import { create } from 'zustand';

/** A key with what is held beside it, as one word: `Mod+Shift+Z`, `F2`, `?`. `Mod` is Ctrl, and ⌘ on a Mac. */
export type Combo = string;

type Pressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

/** The combination that was pressed; null for Shift and its like alone. Shift is part of a sign such as `?`, not beside it. */
export function comboOf({ key, ctrlKey, metaKey, altKey, shiftKey }: Pressed): Combo | null {
  if (['Control', 'Meta', 'Alt', 'AltGraph', 'Shift', 'CapsLock', 'Dead', 'Unidentified'].includes(key)) return null;
  const isSign = key.length === 1 && key.toLowerCase() === key.toUpperCase() && key !== ' ';
  const name = key === ' ' ? 'Space' : key.length === 1 ? key.toUpperCase() : key;
  const held = [(ctrlKey || metaKey) && 'Mod', altKey && 'Alt', shiftKey && !isSign && 'Shift'];
  return [...held.filter(Boolean), name].join('+');
}

const isMac = () => typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent);

/** The keys of a combination as they are written on the keyboard. */
export const caps = (combo: Combo): string[] =>
  combo === '+' || combo.endsWith('++')
    ? [...combo.slice(0, -2).split('+').filter(Boolean).map(cap), '+']
    : combo.split('+').map(cap);
const cap = (key: string) => (key === 'Mod' ? (isMac() ? '⌘' : 'Ctrl') : key);

/** `Ctrl Shift Z` */
export const sayCombo = (combo: Combo): string => caps(combo).join(' ');

/** Why a combination cannot be given to a command, as a sentence; null when it can. */
export function objection(combo: Combo): string | null {
  const says = sayCombo(combo);
  if (/^Mod\+[CXV]$/.test(combo)) return `${says} is the clipboard's. Choose another.`;
  if (/^Mod\+(Shift\+)?[TWNQ]$|^Mod\+[LR]$|^F(5|11|12)$/.test(combo))
    return `${says} is the browser's. Choose another.`;
  if (/^(Shift\+)?(Tab|Enter|Arrow.*)$|^Escape$/.test(combo))
    return `${says} moves the focus or what is chosen. Choose another.`;
  return null;
}

export interface Keyed {
  id: string;
  keys: readonly Combo[];
}

interface OwnKeys {
  own: Readonly<Record<string, readonly Combo[]>>;
  /** Gives a command this one combination, and takes it from those that had it. */
  give(commands: readonly Keyed[], id: string, combo: Combo): void;
  /** The keys it came with; without an id, for all commands. */
  reset(id?: string): void;
}

const place = 'skein.keys';

/** Keys that people gave to commands themselves, by command. Kept in this browser: they belong to its keyboard. */
export const useOwnKeys = create<OwnKeys>()((set, get) => {
  const keep = (own: OwnKeys['own']) => {
    set({ own });
    localStorage.setItem(place, JSON.stringify(own));
  };
  return {
    own: recall(),
    give: (commands, id, combo) => {
      const { own } = get();
      const taken = commands
        .filter((command) => command.id !== id && keysOf(command, own).includes(combo))
        .map((command) => [command.id, keysOf(command, own).filter((key) => key !== combo)]);
      keep({ ...own, ...Object.fromEntries(taken), [id]: [combo] });
    },
    reset: (id) => keep(id ? Object.fromEntries(Object.entries(get().own).filter(([one]) => one !== id)) : {}),
  };
});

/** The combinations of a command: people's own, or those it came with. */
export const keysOf = ({ id, keys }: Keyed, own: OwnKeys['own']): readonly Combo[] => own[id] ?? keys;

/** Other commands that this combination belongs to already, beyond those that share it from the beginning. */
export function owners<C extends Keyed>(
  commands: readonly C[],
  own: OwnKeys['own'],
  about: { id: string; combo: Combo },
): C[] {
  const { id, combo } = about;
  const isShared = commands.find((command) => command.id === id)?.keys.includes(combo) ?? false;
  return commands.filter(
    (command) =>
      command.id !== id && keysOf(command, own).includes(combo) && !(isShared && command.keys.includes(combo)),
  );
}

function recall(): OwnKeys['own'] {
  if (typeof localStorage === 'undefined') return {};
  try {
    const found: unknown = JSON.parse(localStorage.getItem(place) ?? '{}');
    const entries = Object.entries(found ?? {}).filter(
      (entry): entry is [string, string[]] =>
        Array.isArray(entry[1]) && entry[1].every((combo) => typeof combo === 'string'),
    );
    return Object.fromEntries(entries);
  } catch {
    return {}; // An unreadable memory is no memory.
  }
}
