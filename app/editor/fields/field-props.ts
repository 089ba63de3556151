import type { Field } from '../state/fields';

/** What every control is given. `onChange` may be called many times in one gesture: the steps become one undo. */
export interface FieldProps {
  node: string;
  field: Field;
  value: unknown;
  /** What is wrong with the value, when something is. */
  problem?: string;
  onChange(value: unknown): void;
}
