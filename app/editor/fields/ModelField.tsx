'use client';
import { useEditor } from '../EditorContext';
import { sayBytes } from '../state/facts-line';
import type { FieldProps } from './field-props';
import { ChoiceField } from './SelectField';

/** Checkpoints in the library; broken ones are listed too, with what is wrong with them. */
export function ModelField(props: FieldProps) {
  const models = useEditor((state) => state.models);
  const choices = Object.values(models).map((card) => {
    const bytes = Object.values(card.parts).reduce((sum, part) => sum + (part?.bytes ?? 0), 0);
    return { value: card.id, title: card.title, says: card.broken ?? `${card.family} · ${sayBytes(bytes)}` };
  });
  return <ChoiceField {...props} choices={choices} onPick={props.onChange} />;
}
