'use client';
import { Boxes, CloudDownload } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useEditor, useEditorStore } from '../EditorContext';
import { sayModel } from '../state/facts-line';
import { prefixOf } from '../state/page-view';
import { useSeeking } from '../state/seeking';
import { useUi } from '../state/ui-store';
import type { FieldProps } from './field-props';
import { ChoiceField } from './SelectField';

/** No model can have this id. */
const manage = '/library#models';

/** Checkpoints in the library, or LoRAs where the field takes those; broken ones are listed too, with what is wrong with them. */
export function ModelField(props: FieldProps) {
  const router = useRouter();
  const editor = useEditorStore();
  const models = useEditor((state) => state.models);
  const seek = useSeeking((state) => state.setOpen);
  const choices = Object.values(models)
    .filter((card) => Boolean(card.lora) === (props.field.offers === 'loras'))
    .map((card) => ({ value: card.id, title: card.title, says: card.broken ?? sayModel(card) }));
  const isMissing = typeof props.value === 'string' && props.value !== '' && !Object.hasOwn(models, props.value);
  const take = (value: string) => {
    props.onChange(value);
    const isOther = Boolean(props.value) && props.value !== value && props.field.offers !== 'loras';
    if (isOther || models[value]?.byName)
      useUi.getState().advise({ node: prefixOf(editor.getState()) + props.node, model: value });
  };
  const choice = (
    <ChoiceField
      {...props}
      choices={choices}
      foot={{ value: manage, title: 'Manage models…', icon: Boxes }}
      onPick={(value) => (value === manage ? router.push(manage) : take(value))}
    />
  );
  if (!isMissing) return choice;
  // Beside it: a card does not grow by what is wrong with it.
  return (
    <div className="flex gap-1">
      <div className="min-w-0 flex-1">{choice}</div>
      <button
        type="button"
        aria-label="Ways to get it"
        data-hint="Ways to get it"
        className="nodrag flex size-7 flex-none items-center justify-center rounded-lg bg-field text-bad hover:bg-field-hover"
        onClick={() => seek(true)}
      >
        <CloudDownload size={14} />
      </button>
    </div>
  );
}
