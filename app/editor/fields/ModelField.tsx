'use client';
import { Boxes, CloudDownload } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useEditor } from '../EditorContext';
import { sayModel } from '../state/facts-line';
import { useSeeking } from '../state/seeking';
import type { FieldProps } from './field-props';
import { ChoiceField } from './SelectField';

/** No model can have this id. */
const manage = '/library#models';

/** Checkpoints in the library, or LoRAs where the field takes those; broken ones are listed too, with what is wrong with them. */
export function ModelField(props: FieldProps) {
  const router = useRouter();
  const models = useEditor((state) => state.models);
  const seek = useSeeking((state) => state.setOpen);
  const choices = Object.values(models)
    .filter((card) => Boolean(card.lora) === (props.field.offers === 'loras'))
    .map((card) => ({ value: card.id, title: card.title, says: card.broken ?? sayModel(card) }));
  const isMissing = typeof props.value === 'string' && props.value !== '' && !Object.hasOwn(models, props.value);
  return (
    <>
      <ChoiceField
        {...props}
        choices={choices}
        foot={{ value: manage, title: 'Manage models…', icon: Boxes }}
        onPick={(value) => (value === manage ? router.push(manage) : props.onChange(value))}
      />
      {isMissing && (
        <button type="button" className="nodrag text-button !h-7 w-full !px-2 text-[12px]" onClick={() => seek(true)}>
          <CloudDownload size={13} /> Ways to get it
        </button>
      )}
    </>
  );
}
