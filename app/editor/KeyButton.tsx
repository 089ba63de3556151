'use client';
import { type KeyboardEvent, useState } from 'react';
import { type Command, commands, worded } from './commands';
import { useDoing } from './DoingContext';
import { caps, comboOf, keysOf, objection, owners, sayCombo, useOwnKeys } from './state/combos';

/** The keys of a command; pressed, it waits for others. Keys that belong to another command are named, and taken when pressed twice. */
export function KeyButton({ command, onRecording }: { command: Command; onRecording(is: boolean): void }) {
  const doing = useDoing();
  const { own, give } = useOwnKeys();
  const [heard, setHeard] = useState<{ combo?: string; says: string } | null>(null);
  const keys = keysOf(command, own);
  const wait = (is: boolean) => {
    setHeard(is ? { says: 'Press the new keys' } : null);
    onRecording(is);
  };
  const hear = (event: KeyboardEvent) => {
    if (!heard) return;
    if (event.key === 'Tab') return wait(false);
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Escape') return wait(false);
    const combo = comboOf(event.nativeEvent);
    if (!combo) return;
    const wrong = objection(combo);
    const [owner] = owners(commands, own, { id: command.id, combo });
    if (wrong) return setHeard({ says: wrong });
    if (owner && heard.combo !== combo) {
      const says = `${sayCombo(combo)} belongs to “${worded(owner.says, doing)}”. Press it again to take it.`;
      return setHeard({ combo, says });
    }
    give(commands, command.id, combo);
    wait(false);
  };
  if (command.fixed) return <Caps combo={keys[0] ?? ''} />;
  return (
    <span className="relative">
      <button
        type="button"
        aria-label={`Keys of ${worded(command.says, doing)}: ${keys.map(sayCombo).join(', ') || 'none'}`}
        data-hint={keys.length > 1 ? keys.map(sayCombo).join(', or ') : undefined}
        className="flex min-h-6 items-center rounded-md outline-offset-2 transition-colors hover:bg-field-hover"
        onClick={() => wait(!heard)}
        onKeyDown={hear}
        onBlur={() => heard && wait(false)}
      >
        {heard ? (
          <span className="key-cap !border-accent !text-accent-text">…</span>
        ) : keys[0] === undefined ? (
          <span className="key-cap opacity-40">none</span>
        ) : (
          <Caps combo={keys[0]} />
        )}
      </button>
      {heard && (
        <span
          role="status"
          className="floating absolute top-7 left-0 z-10 w-max max-w-64 rounded-lg px-2.5 py-1.5 text-[12px] text-ink"
        >
          {heard.says}
        </span>
      )}
    </span>
  );
}

function Caps({ combo }: { combo: string }) {
  return (
    <span className="flex gap-1 whitespace-nowrap">
      {caps(combo).map((key) => (
        <kbd key={key} className="key-cap">
          {key}
        </kbd>
      ))}
    </span>
  );
}
