'use client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { wordsOf } from '../../nodes/tags';
import { api } from '../api-client';
import { useOpenGraph } from '../editor/use-drops';
import { GraphSketch } from '../GraphSketch';
import { said } from '../said';
import { freeName, isFound } from './found';
import { TagRow, TagWords } from './Tags';
import { EmptyShelf, grid, Tile, Waiting } from './Tile';

/** Graphs worth keeping, to begin from. */
export function TemplateShelf({ sought }: { sought: string }) {
  const { data, error } = useQuery({
    queryKey: ['templates'],
    queryFn: () => api.graphs.templates.query(),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const graphs = useQuery({ queryKey: ['graphs'], queryFn: () => api.graphs.list.query() });
  const open = useOpenGraph();
  const [tags, setTags] = useState<string[]>([]);
  if (error) return <EmptyShelf title="The templates could not be read" says={said(error)} />;
  if (!data) return <Waiting />;
  const found = data.filter(
    ({ graph }) =>
      isFound({ ...graph, words: wordsOf(graph) }, sought) && tags.every((tag) => graph.tags?.includes(tag)),
  );
  return (
    <>
      <TagRow things={data.map(({ graph }) => graph)} chosen={tags} onChoose={setTags} />
      {!found.length && (
        <EmptyShelf title="Nothing like that" says="No template is called so, says so or carries these tags." />
      )}
      <div className={grid}>
        {found.map(({ id, graph, cover }) => (
          <Tile
            key={id}
            picture={
              <>
                <GraphSketch graph={graph} />
                {cover && (
                  // biome-ignore lint/performance/noImgElement: a film of 20 kB that came with the list
                  <img
                    src={cover}
                    alt=""
                    className="absolute right-3 bottom-3 aspect-square h-[58%] rounded-xl motion-reduce:hidden border border-line object-cover shadow-card"
                  />
                )}
              </>
            }
            name={
              <button
                type="button"
                className="max-w-full truncate rounded text-left font-semibold after:absolute after:inset-0"
                onClick={() =>
                  open(
                    { ...graph, name: freeName(graph.name, graphs.data ?? []) },
                    'A copy of the template; change it as you like',
                  )
                }
              >
                {graph.name}
              </button>
            }
            foot={graph.about ?? `${graph.nodes.length} nodes`}
            tags={graph.tags && <TagWords tags={graph.tags} />}
          />
        ))}
      </div>
    </>
  );
}
