'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { useRef, useState } from 'react';
import { toast } from 'sonner';
import { registry } from '../../nodes/registry';
import { type Answers, api } from '../api-client';
import { Sheet } from '../Sheet';
import { said } from '../said';
import { saveFile } from '../save-file';
import { useEditor, useEditorStore } from './EditorContext';
import { setParams } from './state/edits';
import { applicable, presetFile, readPresetFile } from './state/presets';
import { useUi } from './state/ui-store';

type Preset = Answers['presets']['list'][number];

/** Named settings for the card it was opened for: put on, kept, removed, given away as a file. */
export function PresetsDialog() {
  const id = useUi((state) => state.presetsFor);
  const node = useEditor((state) => (id === null ? undefined : state.byId.get(id)));
  if (!node || !Object.hasOwn(registry, node.type)) return null;
  return <Presets key={node.id} id={node.id} type={node.type} />;
}

function Presets({ id, type }: { id: string; type: string }) {
  const editor = useEditorStore();
  const queries = useQueryClient();
  const definition = registry[type]!; // looked at above
  const [name, setName] = useState('');
  const file = useRef<HTMLInputElement>(null);
  const close = () => useUi.getState().showPresets(null);
  const { data: presets = [], error } = useQuery({
    queryKey: ['presets', type],
    queryFn: () => api.presets.list.query({ type }),
  });
  const act = async (work: () => Promise<unknown>) => {
    try {
      await work();
      await queries.invalidateQueries({ queryKey: ['presets'] });
      return true;
    } catch (failure) {
      toast.error('That did not work', { description: said(failure) });
      return false;
    }
  };
  const keep = async () => {
    const params = editor.getState().byId.get(id)?.params ?? {};
    const made = { type, version: definition.version, name: name.trim(), params };
    if (made.name && (await act(() => api.presets.save.mutate({ presets: [made] })))) setName('');
  };
  const apply = (preset: Preset) => {
    const { fits, left } = applicable(definition, preset.params);
    editor.getState().edit((graph) => setParams(graph, id, fits));
    if (left.length)
      toast('Some settings were left as they are', { description: `This node does not take: ${left.join(', ')}.` });
    close();
  };
  const bring = async (chosen: File) => {
    const { presets: read, problem } = readPresetFile(await chosen.text());
    if (problem !== undefined) return toast.error('Nothing was brought in', { description: problem });
    if (await act(() => api.presets.save.mutate({ presets: read })))
      toast.success(`${read.length} ${read.length === 1 ? 'preset is' : 'presets are'} here now`);
  };
  return (
    <Sheet
      title={`Presets of ${definition.title}`}
      says="Press one to put its settings on the card."
      wide={440}
      open
      onClose={close}
    >
      <form
        className="mb-4 flex gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          void keep();
        }}
      >
        <input
          aria-label="Name of the preset"
          placeholder="Keep these settings as …"
          maxLength={80}
          value={name}
          onChange={(event) => setName(event.target.value)}
          className="h-9 min-w-0 flex-1 rounded-[10px] border border-transparent bg-field px-3 outline-none focus:border-accent"
        />
        <button type="submit" className="text-button" disabled={!name.trim()}>
          {presets.some((one) => one.name === name.trim()) ? 'Replace' : 'Keep'}
        </button>
      </form>
      {error && <p className="text-bad">{said(error)}</p>}
      <ul className="flex flex-col gap-1">
        {presets.map((preset) => (
          <li key={preset.id} className="group flex items-center rounded-xl border border-line bg-surface pr-1">
            <button
              type="button"
              className="min-w-0 flex-1 rounded-xl px-3 py-2 text-left transition-colors hover:bg-field-hover"
              onClick={() => apply(preset)}
            >
              <span className="block truncate font-medium">{preset.name}</span>
              <span className="figures block truncate text-[11.5px] text-ink-3">{inWords(preset.params)}</span>
            </button>
            <button
              type="button"
              className="icon-button opacity-0 group-hover:opacity-100 focus-visible:opacity-100"
              aria-label={`Remove ${preset.name}`}
              data-hint="Remove"
              onClick={() => void act(() => api.presets.remove.mutate({ id: preset.id }))}
            >
              <Trash2 size={14} />
            </button>
          </li>
        ))}
      </ul>
      {!presets.length && !error && (
        <p className="py-4 text-center text-[12.5px] text-ink-3">
          None yet. Name the card’s settings above to keep them.
        </p>
      )}
      <footer className="mt-4 flex gap-2">
        <button
          type="button"
          className="text-button"
          disabled={!presets.length}
          onClick={() =>
            saveFile(presetFile(presets), { name: `${type} presets`, ending: 'json', type: 'application/json' })
          }
        >
          Save as a file
        </button>
        <button type="button" className="text-button" onClick={() => file.current?.click()}>
          Bring in a file
        </button>
        <input
          ref={file}
          type="file"
          accept=".json,application/json"
          className="hidden"
          onChange={(event) => {
            const [chosen] = event.target.files ?? [];
            event.target.value = '';
            if (chosen) void bring(chosen);
          }}
        />
      </footer>
    </Sheet>
  );
}

const inWords = (params: Readonly<Record<string, unknown>>): string =>
  Object.entries(params)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(' · ');
