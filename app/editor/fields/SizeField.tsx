'use client';
import { ArrowLeftRight } from 'lucide-react';
import type { FieldProps } from './field-props';
import { NumberField } from './NumberField';

/** Width and height side by side, with a button that turns the picture on its side. */
export function SizeField({ width, height }: { width: FieldProps; height: FieldProps }) {
  const turn = () => {
    width.onChange(height.value);
    height.onChange(width.value);
  };
  return (
    <div className="flex items-center gap-1">
      <div className="min-w-0 flex-1" data-param={width.field.name}>
        <NumberField {...width} />
      </div>
      <button
        type="button"
        aria-label="Swap width and height"
        data-hint="Swap width and height"
        className="nodrag flex size-5 flex-none items-center justify-center rounded text-ink-3 hover:text-ink"
        onClick={turn}
      >
        <ArrowLeftRight size={11} />
      </button>
      <div className="min-w-0 flex-1" data-param={height.field.name}>
        <NumberField {...height} />
      </div>
    </div>
  );
}
