'use client';
import { ArrowDown, ArrowUp, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { type FormField, moveFormField, setFormField, toggleInForm, usualName } from '../../../nodes/form';
import type { Graph } from '../../../nodes/graph';
import { useEditor, useEditorStore } from '../EditorContext';
import { ParamControl } from '../fields/Controls';
import { fieldsOf } from '../state/fields';

/** One control of the form; while it is arranged, with its name, heading and place. */
export function FormLine({ field, isArranging }: { field: FormField; isArranging: boolean }) {
  const editor = useEditorStore();
  const { node, param, title } = field;
  const card = useEditor((state) => state.byId.get(node));
  const definition = useEditor((state) => state.definitions[state.byId.get(node)?.type ?? '']);
  const root = useEditor((state) => state.root);
  const own = definition && fieldsOf(definition).find(({ name }) => name === param);
  if (!card || !own) return null;
  const change = (recipe: (graph: Graph) => Graph, gesture?: string) =>
    editor.getState().editRoot(recipe, gesture && `form.${node}.${param}.${gesture}`);
  const isTall = own.control === 'words' || own.control === 'asset' || own.control === 'sigmas';
  const usual = usualName(root, field) ?? own.title;
  const called = title ?? usual;
  return (
    <div
      data-field={`${node}.${param}`}
      className={own.control === 'size' && !isArranging ? 'col-span-1' : 'col-span-2'}
    >
      {isTall && !isArranging && <h3 className="mb-1.5 px-0.5 text-[12.5px] font-medium text-ink-2">{called}</h3>}
      {isArranging && (
        <div className="mb-1.5 flex items-center gap-1">
          <input
            aria-label="Name in the form"
            className="min-w-0 flex-[3] rounded-md bg-field px-2 py-1 text-[12.5px] font-medium outline-none focus:bg-field-hover"
            value={title ?? ''}
            placeholder={usual}
            maxLength={80}
            onChange={(event) => change((graph) => setFormField(graph, field, { title: event.target.value }), 'title')}
          />
          <input
            aria-label="Heading"
            className="min-w-0 flex-[2] rounded-md bg-field px-2 py-1 text-[12px] outline-none focus:bg-field-hover"
            value={field.group ?? ''}
            placeholder="Heading"
            maxLength={80}
            onChange={(event) => change((graph) => setFormField(graph, field, { group: event.target.value }), 'group')}
          />
          <Tiny says="Higher" act={() => change((graph) => moveFormField(graph, field, -1))}>
            <ArrowUp size={13} />
          </Tiny>
          <Tiny says="Lower" act={() => change((graph) => moveFormField(graph, field, 1))}>
            <ArrowDown size={13} />
          </Tiny>
          <Tiny says="Take out of the form" act={() => change((graph) => toggleInForm(graph, field))}>
            <X size={13} />
          </Tiny>
        </div>
      )}
      <ParamControl node={node} field={{ ...own, title: called }} />
    </div>
  );
}

function Tiny({ says, act, children }: { says: string; act(): void; children: ReactNode }) {
  return (
    <button
      type="button"
      aria-label={says}
      data-hint={says}
      className="flex size-7 flex-none items-center justify-center rounded-md text-ink-3 hover:bg-fill hover:text-ink"
      onClick={act}
    >
      {children}
    </button>
  );
}
