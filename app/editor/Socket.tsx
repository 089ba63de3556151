'use client';
import { Handle, Position } from '@xyflow/react';
import type { Port } from '../../nodes/define';
import { socketLabel } from '../../nodes/label';
import { useEditor } from './EditorContext';
import type { EditorState } from './state/editor-store';
import { factsLine } from './state/facts-line';

interface Props {
  node: string;
  name: string;
  port: Port;
  side: 'source' | 'target';
  /** From afar the dot is enough. */
  isBare: boolean;
}

/** `Model, input, model`: what a socket is called by those who cannot see it. */
export const saySocket = (name: string, port: Port, side: Props['side']) =>
  `${socketLabel(name, port)}, ${side === 'target' ? 'input' : 'output'}, ${port.kind}`;

export const isWired = ({ wired }: EditorState, { node, name, side }: Pick<Props, 'node' | 'name' | 'side'>) =>
  wired.has(`${side === 'target' ? '' : '>'}${node}.${name}`);

/** One socket with its name. Its colour and shape tell the kind; a full dot has a wire, a dotted ring may stay empty. */
export function Socket({ node, name, port, side, isBare }: Props) {
  const isInput = side === 'target';
  const hasWire = useEditor((state) => isWired(state, { node, name, side }));
  const wrong = useEditor((state) => state.problems[node]?.find((problem) => problem.port === name)?.says);
  const facts = useEditor((state) => (isInput ? '' : factsLine(state.checked.types[node]?.[name])));
  const outside = useEditor(({ graph: { own } }) => {
    const input = own?.inputs.find(({ to }) => to.some((end) => end.node === node && end.port === name));
    const output = own?.outputs.find(({ from }) => from.node === node && from.port === name);
    return isInput
      ? input && `from outside, as “${socketLabel(input.name, input)}”`
      : output && `to the outside, as “${socketLabel(output.name, output)}”`;
  });
  const hint = wrong ?? [port.says, facts, outside].filter(Boolean).join(' · ');
  return (
    <div className={`relative flex h-6 items-center gap-1.5 ${isInput ? 'pl-4' : 'justify-end pr-4'}`} data-hint={hint}>
      <Handle
        id={name}
        type={side}
        position={isInput ? Position.Left : Position.Right}
        className="socket"
        data-kind={port.kind}
        data-wired={hasWire}
        data-optional={port.optional}
        aria-label={saySocket(name, port, side)}
      />
      {!isBare && (
        <span
          className={`truncate text-[12px] ${wrong ? 'font-medium text-bad' : port.optional && !hasWire ? 'text-ink-3' : 'text-ink-2'}`}
        >
          {socketLabel(name, port)}
        </span>
      )}
    </div>
  );
}
