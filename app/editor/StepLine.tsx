import type { NodeRun } from './state/run-state';

/** How far a node is, as a line that grows. `className` says where it lies and how thick it is. */
export function StepLine({ node, className }: { node: Pick<NodeRun, 'done' | 'of'> | undefined; className: string }) {
  const share = node?.of ? (node.done ?? 0) / node.of : 0;
  return (
    <div
      role="progressbar"
      aria-label="Progress"
      aria-valuenow={Math.round(share * 100)}
      className={`overflow-hidden ${className}`}
    >
      <div
        className="h-full origin-left bg-accent transition-transform duration-200 ease-out"
        style={{ transform: `scaleX(${share})` }}
      />
    </div>
  );
}
