'use client';
import { useEditor } from '../EditorContext';
import { sayModel } from '../state/facts-line';
import type { FieldProps } from './field-props';
import { ChoiceField } from './SelectField';

/** Checkpoints in the library, or LoRAs where the field takes those; broken ones are listed too, with what is wrong with them. */
export function ModelField(props: FieldProps) {
  const models = useEditor((state) => state.models);
  const choices = Object.values(models)
    .filter((card) => Boolean(card.lora) === (props.field.offers === 'loras'))
    .map((card) => ({ value: card.id, title: card.title, says: card.broken ?? sayModel(card) }));
  return <ChoiceField {...props} choices={choices} onPick={props.onChange} />;
}
