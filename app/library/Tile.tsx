import type { ReactNode } from 'react';

export const grid = 'grid grid-cols-[repeat(auto-fill,minmax(248px,1fr))] gap-5';

/**
 * A card of the library: a picture, a name, a line below. Square ones show films whole, whatever their shape, and have what can
 * be done with them on the picture: their words need the whole line.
 */
export function Tile(props: {
  picture: ReactNode;
  name: ReactNode;
  foot: ReactNode;
  /** Below the foot, never cut short. */
  tags?: ReactNode;
  action?: ReactNode;
  isSquare?: boolean;
}) {
  return (
    <article className="group relative overflow-hidden rounded-2xl border border-line bg-surface shadow-card transition-[border-color,transform] duration-150 hover:-translate-y-0.5 hover:border-line-strong focus-within:border-line-strong">
      <div className={`relative overflow-hidden bg-field ${props.isSquare ? 'aspect-square' : 'aspect-[16/10]'}`}>
        {props.picture}
        {props.isSquare && props.action && <div className="absolute right-2 bottom-2">{props.action}</div>}
      </div>
      <div className="flex min-h-[62px] items-center gap-2 border-t border-line py-2.5 pr-2 pl-4">
        <div className="min-w-0 flex-1">
          <div className="truncate text-[13.5px] font-semibold">{props.name}</div>
          <div className="line-clamp-3 text-[11.5px] leading-snug text-ink-3">{props.foot}</div>
          {props.tags}
        </div>
        {!props.isSquare && props.action}
      </div>
    </article>
  );
}

/** What an empty shelf says, and the way on from there. */
export function EmptyShelf({ title, says, children }: { title: string; says: string; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-2 py-24 text-center">
      <h2 className="text-[17px] font-semibold tracking-tight">{title}</h2>
      <p className="max-w-[380px] text-ink-2">{says}</p>
      {children && <div className="mt-3">{children}</div>}
    </div>
  );
}

/** The shelf while it is fetched: as large as what will come, so that nothing jumps. */
export function Waiting() {
  return (
    <div className={grid} aria-busy="true">
      {['a', 'b', 'c', 'd'].map((key) => (
        <div key={key} className="shimmer h-[230px] rounded-2xl border border-line" />
      ))}
    </div>
  );
}
