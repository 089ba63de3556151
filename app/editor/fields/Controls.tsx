'use client';
import { ChevronRight } from 'lucide-react';
import { type ComponentType, useRef, useState } from 'react';
import { makeRoom } from '../arrange';
import { useEditor, useEditorStore } from '../EditorContext';
import { setParams } from '../state/edits';
import { type Field, fieldsOf } from '../state/fields';
import { AssetField } from './AssetField';
import type { FieldProps } from './field-props';
import { ModelField } from './ModelField';
import { NumberField } from './NumberField';
import { ScheduleSketch } from './ScheduleSketch';
import { SeedField } from './SeedField';
import { SelectField } from './SelectField';
import { SigmasField } from './SigmasField';
import { SizeField } from './SizeField';
import { SwitchField } from './SwitchField';
import { TextField } from './TextField';
import { WordsField } from './WordsField';

const controls: Record<Field['control'], ComponentType<FieldProps>> = {
  text: TextField,
  words: WordsField,
  number: NumberField,
  slider: NumberField,
  size: NumberField,
  seed: SeedField,
  switch: SwitchField,
  select: SelectField,
  model: ModelField,
  asset: AssetField,
  sigmas: SigmasField,
};

/** The controls of a card, read off its schema; rare ones wait under "More". */
export function Controls({ node, type }: { node: string; type: string }) {
  const definition = useEditor((state) => state.definitions[type]);
  const values = useEditor((state) => state.byId.get(node)?.params);
  // As one text, so that the card is drawn again only when it changes.
  const overruled = useEditor((state) =>
    (definition ? fieldsOf(definition) : [])
      .flatMap(({ name, unless }) => (unless && state.wired.has(`${node}.${unless}`) ? [name] : []))
      .join(),
  ).split(',');
  const fields = definition
    ? fieldsOf(definition).filter((field) => isShown(field, values) && !overruled.includes(field.name))
    : [];
  const basic = fields.filter((field) => !field.advanced);
  const rare = fields.filter((field) => field.advanced);
  const worded = basic.filter(({ control }) => control === 'words').length;
  const needsLook = useEditor(
    (state) => state.problems[node]?.some(({ param }) => rare.some(({ name }) => name === param)) ?? false,
  );
  const [isOpen, setOpen] = useState(false);
  const store = useEditorStore();
  const giveBack = useRef<() => void>(undefined);
  const turn = () => {
    setOpen(!isOpen);
    giveBack.current?.();
    giveBack.current = undefined;
    if (isOpen) return;
    // Once the card has been drawn and measured as it then is.
    setTimeout(() => {
      giveBack.current = makeRoom(store, node);
    }, 60);
  };
  if (!fields.length) return null;
  return (
    <div className="flex cursor-default flex-col gap-1.5 px-3 pb-3">
      {rows(basic).map((row) => (
        <Row
          key={row[0]!.name}
          node={node}
          fields={row}
          // Words fill their box and leave no place for their name; one of several needs it.
          isNamed={row[0]!.control === 'words' && worded > 1}
        />
      ))}
      {fields.some(({ name }) => name === 'schedule') && <ScheduleSketch node={node} />}
      <Note node={node} />
      {rare.length > 0 && (
        <>
          <button
            type="button"
            aria-expanded={isOpen || needsLook}
            className="nodrag flex items-center gap-1 self-start rounded text-[11px] text-ink-3 transition-colors hover:text-ink"
            onClick={turn}
          >
            <ChevronRight size={12} className={`transition-transform ${isOpen || needsLook ? 'rotate-90' : ''}`} /> More
          </button>
          {(isOpen || needsLook) && rows(rare).map((row) => <Row key={row[0]!.name} node={node} fields={row} />)}
        </>
      )}
    </div>
  );
}

/** Some fields only mean something while another has one of certain values. */
const isShown = ({ when }: Field, values: Readonly<Record<string, unknown>> | undefined): boolean =>
  !when || when.is.includes(String(values?.[when.param]));

/** What the node has to say of its settings, such as what they cost. */
function Note({ node }: { node: string }) {
  const note = useEditor((state) => state.checked.notes[node]);
  if (!note) return null;
  return (
    <p className="px-0.5 text-right text-[11px] text-ink-3" data-testid="note">
      {note}
    </p>
  );
}

/** Two size fields in a row are one row: width by height. */
function rows(fields: readonly Field[]): Field[][] {
  const made: Field[][] = [];
  for (const field of fields) {
    const last = made.at(-1);
    if (field.control === 'size' && last?.length === 1 && last[0]!.control === 'size') last.push(field);
    else made.push([field]);
  }
  return made;
}

function Row({ node, fields, isNamed }: { node: string; fields: readonly Field[]; isNamed?: boolean }) {
  const first = useFieldProps(node, fields[0]!);
  const second = useFieldProps(node, fields[1] ?? fields[0]!);
  if (fields.length > 1) return <SizeField width={first} height={second} />;
  const Control = controls[first.field.control];
  return (
    <div data-param={first.field.name}>
      {isNamed && (
        <p aria-hidden className="mb-1 truncate px-0.5 text-[11px] font-medium text-ink-2">
          {first.field.title}
        </p>
      )}
      <Control {...first} />
    </div>
  );
}

/** One control by itself, as a form shows it; nothing while it means nothing. */
export function ParamControl({ node, field }: { node: string; field: Field }) {
  const props = useFieldProps(node, field);
  const isMeant = useEditor(
    (state) =>
      isShown(field, state.byId.get(node)?.params) && !(field.unless && state.wired.has(`${node}.${field.unless}`)),
  );
  const Control = controls[field.control];
  return isMeant ? <Control {...props} /> : null;
}

function useFieldProps(node: string, field: Field): FieldProps {
  const store = useEditorStore();
  const value = useEditor((state) => state.byId.get(node)?.params[field.name] ?? field.fallback);
  const problem = useEditor((state) => state.problems[node]?.find(({ param }) => param === field.name)?.says);
  const onChange = (next: unknown) =>
    store.getState().edit((graph) => setParams(graph, node, { [field.name]: next }), `${node}.${field.name}`);
  return { node, field, value, problem, onChange };
}
