import { Search } from 'lucide-react';

/** A field to find something in a list by. `says` is its name to those who do not see it. */
export function SearchField(props: {
  sought: string;
  onSeek(sought: string): void;
  says: string;
  placeholder: string;
  className: string;
}) {
  return (
    <label
      className={`flex h-9 items-center gap-2 rounded-[10px] border border-line bg-surface px-3 transition-colors focus-within:border-accent ${props.className}`}
    >
      <Search size={14} className="flex-none text-ink-3" aria-hidden />
      <input
        className="min-w-0 flex-1 bg-transparent outline-none placeholder:text-ink-3"
        placeholder={props.placeholder}
        aria-label={props.says}
        value={props.sought}
        onChange={(event) => props.onSeek(event.target.value)}
      />
    </label>
  );
}
