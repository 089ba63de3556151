import type { ReactFlowState } from '@xyflow/react';
import { isComponent } from '../../../nodes/component';
import type { AnyNode } from '../../../nodes/define';
import { fieldsOf } from './fields';

/** Below this zoom controls cannot be read, let alone used: cards then keep only name, state, sockets and pictures. */
export const seenFromAfar = ({ transform }: Pick<ReactFlowState, 'transform'>) => transform[2] < 0.36;

/** Width of a card nobody has made wider, in canvas pixels. */
export const cardWidth = 272;

/** About how tall a card will be, in canvas pixels, before it has been drawn: enough to fit a view and to lay a blank one. */
export function cardHeight(definition: AnyNode | undefined): number {
  if (!definition) return 100;
  const ports = Math.max(Object.keys(definition.inputs).length, Object.keys(definition.outputs).length);
  const fields = fieldsOf(definition);
  const sizes = fields.filter(({ control }) => control === 'size').length;
  const rows = fields
    .filter(({ advanced }) => !advanced)
    .reduce((sum, { control }) => sum + (control === 'words' ? 116 : control === 'asset' ? 108 : 34), 0);
  const has = (name: string) => fields.some((field) => field.name === name);
  // A schedule is drawn, and what the settings of a sampler cost is written below it.
  const drawn = (has('schedule') ? 56 : 0) + (has('sampler') ? 22 : 0);
  return (
    44 +
    16 +
    24 * ports +
    rows +
    drawn -
    34 * Math.floor(sizes / 2) +
    (fields.some(({ advanced }) => advanced) ? 22 : 0) +
    // Below a component stands its version, and the way inside.
    (isComponent(definition) ? 44 : 0) +
    8
  );
}
