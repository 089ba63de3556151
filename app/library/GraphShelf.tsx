'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Copy, Ellipsis, FileDown, Pencil, Tag, Trash2 } from 'lucide-react';
import Link from 'next/link';
import { DropdownMenu } from 'radix-ui';
import { useRef, useState } from 'react';
import { toast } from 'sonner';
import { type Answers, api } from '../api-client';
import { sayAgo } from '../editor/state/facts-line';
import { GraphSketch } from '../GraphSketch';
import { said } from '../said';
import { saveGraphFile } from '../save-file';
import { Thumb } from '../Thumb';
import { isFound } from './found';
import { TagField, TagRow, TagWords } from './Tags';
import { EmptyShelf, grid, Tile } from './Tile';

type Listed = Answers['graphs']['list'][number];

export function GraphShelf(props: { graphs: readonly Listed[]; sought: string; onTemplates(): void }) {
  const [tags, setTags] = useState<string[]>([]);
  const carries = (own: readonly string[]) => tags.every((tag) => own.some((one) => same(one, tag)));
  const found = props.graphs.filter((graph) => isFound(graph, props.sought) && carries(graph.tags));
  if (!props.graphs.length) {
    return (
      <EmptyShelf title="No graphs yet" says="Begin with one that already works, and change it as you like.">
        <button type="button" className="text-button" onClick={props.onTemplates}>
          See the templates
        </button>
      </EmptyShelf>
    );
  }
  return (
    <>
      <TagRow things={props.graphs} chosen={tags} onChoose={setTags} />
      {found.length ? (
        <div className={grid}>
          {found.map((graph) => (
            <GraphTile key={graph.id} listed={graph} />
          ))}
        </div>
      ) : (
        <EmptyShelf title="Nothing like that" says={`No graph is called so, says so or carries these tags.`} />
      )}
    </>
  );
}

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

function GraphTile({ listed }: { listed: Listed }) {
  const [draft, setDraft] = useState<string | null>(null);
  const [isTagging, setTagging] = useState(false);
  const wants = useRef<'name' | 'tags' | null>(null);
  const queries = useQueryClient();
  const act = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      toast.error('That did not work', { description: said(error) });
    }
    await queries.invalidateQueries({ queryKey: ['graphs'] });
  };
  const rename = () => {
    const name = draft?.trim();
    setDraft(null);
    if (name && name !== listed.name) void act(() => api.graphs.rename.mutate({ id: listed.id, name }));
  };
  const tag = (tags: string[] | null) => {
    setTagging(false);
    if (tags && tags.join() !== listed.tags.join()) void act(() => api.graphs.tag.mutate({ id: listed.id, tags }));
  };
  const href = `/graph/${listed.id}`;
  return (
    <Tile
      picture={
        <Link href={href} className="block size-full" aria-label={`Open ${listed.name}`} tabIndex={-1}>
          {listed.cover ? (
            <Thumb asset={{ id: listed.cover.asset, mime: listed.cover.mime }} />
          ) : (
            <Sketch id={listed.id} version={listed.version} />
          )}
        </Link>
      }
      name={
        draft === null ? (
          <Link href={href} className="rounded">
            {listed.name || 'Untitled'}
          </Link>
        ) : (
          <input
            // biome-ignore lint/a11y/noAutofocus: it appears where the person has just chosen to rename
            autoFocus
            aria-label="New name"
            className="w-full rounded bg-field px-1 outline-none"
            value={draft}
            maxLength={200}
            onFocus={(event) => event.target.select()}
            onChange={(event) => setDraft(event.target.value)}
            onBlur={rename}
            onKeyDown={(event) => {
              if (event.key === 'Enter') rename();
              if (event.key === 'Escape') setDraft(null);
            }}
          />
        )
      }
      foot={`Changed ${sayAgo(listed.updatedAt.getTime(), Date.now())}`}
      tags={
        isTagging ? (
          <TagField tags={listed.tags} onDone={tag} />
        ) : (
          listed.tags.length > 0 && <TagWords tags={listed.tags} />
        )
      }
      action={
        <DropdownMenu.Root>
          <DropdownMenu.Trigger className="icon-button" aria-label={`More for ${listed.name}`}>
            <Ellipsis size={16} />
          </DropdownMenu.Trigger>
          <DropdownMenu.Portal>
            <DropdownMenu.Content
              align="end"
              sideOffset={4}
              className="floating z-50 w-44 animate-rise rounded-xl p-1"
              // Only once the menu has given the focus back: else it would take it from the field, and end the renaming.
              onCloseAutoFocus={(event) => {
                if (!wants.current) return;
                event.preventDefault();
                if (wants.current === 'name') setDraft(listed.name);
                else setTagging(true);
                wants.current = null;
              }}
            >
              <Item
                onSelect={() => {
                  wants.current = 'name';
                }}
              >
                <Pencil size={14} /> Rename
              </Item>
              <Item
                onSelect={() => {
                  wants.current = 'tags';
                }}
              >
                <Tag size={14} /> Tags
              </Item>
              <Item onSelect={() => act(() => api.graphs.duplicate.mutate({ id: listed.id }))}>
                <Copy size={14} /> Duplicate
              </Item>
              <Item
                onSelect={() => act(async () => saveGraphFile((await api.graphs.get.query({ id: listed.id })).graph))}
              >
                <FileDown size={14} /> Save as file
              </Item>
              <Item
                danger
                onSelect={() =>
                  act(async () => {
                    const { graph } = await api.graphs.get.query({ id: listed.id });
                    await api.graphs.remove.mutate({ id: listed.id });
                    const back = () => act(() => api.graphs.create.mutate({ graph }));
                    toast(`“${listed.name}” is deleted`, {
                      description: 'Its results stay.',
                      action: { label: 'Bring back', onClick: () => void back() },
                    });
                  })
                }
              >
                <Trash2 size={14} /> Delete
              </Item>
            </DropdownMenu.Content>
          </DropdownMenu.Portal>
        </DropdownMenu.Root>
      }
    />
  );
}

function Sketch({ id, version }: { id: string; version: number }) {
  const { data } = useQuery({
    queryKey: ['sketch', id, version],
    queryFn: () => api.graphs.get.query({ id }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data ? <GraphSketch graph={data.graph} /> : null;
}

function Item(props: { danger?: boolean; onSelect(): void; children: React.ReactNode }) {
  return (
    <DropdownMenu.Item
      onSelect={props.onSelect}
      className={`flex cursor-pointer items-center gap-2.5 rounded-lg px-2.5 py-1.5 outline-none data-highlighted:bg-field-hover ${props.danger ? 'text-bad' : ''}`}
    >
      {props.children}
    </DropdownMenu.Item>
  );
}
