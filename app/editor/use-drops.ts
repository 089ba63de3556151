'use client';
import { useReactFlow } from '@xyflow/react';
import { useRouter } from 'next/navigation';
import { type DragEvent, useCallback, useMemo } from 'react';
import { toast } from 'sonner';
import type { AnyGraph } from '../../nodes/comfyui/read-any';
import { graphInTags, type Made, readTags, workflowInTags } from '../../nodes/embedded/read-tags';
import type { Graph } from '../../nodes/graph';
import { api } from '../api-client';
import { said } from '../said';
import { upload } from '../upload';
import { useEditorStore } from './EditorContext';
import { addNode, type Point } from './state/edits';
import { digestOfFile, type Expected, rememberExpected } from './state/expected';
import { wholeLaidOut } from './state/tidy';

/** Files let go over the canvas: a graph, or a film with one inside, opens; another picture or film becomes a card. */
export function useDrops() {
  const open = useOpenGraph();
  const place = usePlaceFile();
  return useMemo(() => {
    const take = async (file: File, at: Point): Promise<void> => {
      const found = await graphIn(file);
      if (found.graph) await open(found.graph, whereFrom(file, found), await expectedOf(file, found));
      else if (/^(image|video)\//.test(file.type)) await place(file, at);
      else toast.error('Nothing to open', { description: found.problem });
    };
    return {
      onDragOver: (event: DragEvent) => {
        if (event.dataTransfer.types.includes('Files')) event.preventDefault();
      },
      onDrop: (event: DragEvent) => {
        const file = event.dataTransfer.files[0];
        if (!file) return;
        event.preventDefault();
        void take(file, { x: event.clientX, y: event.clientY });
      },
    };
  }, [open, place]);
}

/** The graph a file holds: JSON as saved here or by ComfyUI, or the one its film was made with. */
export async function graphIn(file: File): Promise<Found> {
  const found = await readGraphIn(file);
  return found.graph ? { ...found, graph: wholeLaidOut(found.graph) } : found;
}

async function readGraphIn(file: File): Promise<Found> {
  const name = file.name.replace(/\.[^.]*$/, '').slice(0, 200) || 'Untitled';
  const isText = file.type === 'application/json' || file.name.endsWith('.json');
  // Read when first wanted: it knows every node of another program by name.
  const { readAnyGraph } = await import('../../nodes/comfyui/read-any');
  if (isText) return readAnyGraph(await file.text(), name, modelsById);
  const tags = await readTags(file);
  const workflow = workflowInTags(tags);
  return workflow === undefined ? graphInTags(tags) : readAnyGraph(workflow, name, modelsById);
}

const modelsById = async () => Object.fromEntries((await api.models.list.query()).map((card) => [card.id, card]));

/** A graph and, of a result, what it was made with. */
type Found = AnyGraph & { made?: Made };

/** What making it again is held against; undefined for graphs that are no result's. */
export async function expectedOf(file: File, { made }: Found): Promise<Expected | undefined> {
  return made && { from: file.name, ...made, file: await digestOfFile(file) };
}

/** A line under "is open". */
export function whereFrom(file: File, { differences }: AnyGraph): string {
  if (differences === undefined) return `From ${file.name}`;
  if (!differences) return `From ComfyUI: ${file.name}. Everything was brought over.`;
  const things = differences === 1 ? 'One thing is' : `${differences} things are`;
  return `From ComfyUI: ${file.name}. ${things} different: see the note above the graph.`;
}

/**
 * Opens a graph as a new one of the library, so that the one on the canvas is never overwritten. `expected`: it is the graph of a
 * result, and what comes of it is compared with that.
 */
export function useOpenGraph() {
  const router = useRouter();
  return useCallback(
    async (graph: Graph, says?: string, expected?: Expected): Promise<void> => {
      try {
        const { id } = await api.graphs.create.mutate({ graph });
        if (expected) rememberExpected(id, expected);
        router.push(`/graph/${id}`);
        // Of an empty canvas there is nothing to tell.
        if (says) toast.success(`“${graph.name}” is open`, { description: says });
      } catch (error) {
        toast.error('The graph could not be opened', { description: said(error) });
      }
    },
    [router],
  );
}

/** Uploads a picture or film and puts it on the canvas as a card. */
export function usePlaceFile() {
  const store = useEditorStore();
  const { screenToFlowPosition } = useReactFlow();
  return useCallback(
    async (file: File, screen: Point): Promise<void> => {
      try {
        const { sha256, mime, frames } = await upload(file);
        const type = mime.startsWith('video/') || (frames ?? 1) > 1 ? 'video' : 'image';
        const { x, y } = screenToFlowPosition(screen);
        const node = { type, at: { x: Math.round(x), y: Math.round(y) }, params: { asset: sha256 } };
        let made = '';
        store.getState().edit((graph) => {
          const added = addNode(graph, node);
          made = added.id;
          return added.graph;
        });
        store.getState().select(new Set([made]));
      } catch (error) {
        toast.error(`${file.name} was not taken`, { description: said(error) });
      }
    },
    [store, screenToFlowPosition],
  );
}
