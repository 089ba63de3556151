'use client';
import { useQuery } from '@tanstack/react-query';
import { api } from '../api-client';
import { useOpenGraph } from '../editor/use-drops';
import { GraphSketch } from '../GraphSketch';
import { said } from '../said';
import { EmptyShelf, grid, Tile, Waiting } from './Tile';

/** Graphs worth keeping, to begin from. */
export function TemplateShelf({ sought }: { sought: string }) {
  const { data, error } = useQuery({
    queryKey: ['templates'],
    queryFn: () => api.graphs.templates.query(),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const open = useOpenGraph();
  if (error) return <EmptyShelf title="The templates could not be read" says={said(error)} />;
  if (!data) return <Waiting />;
  const found = data.filter(({ graph }) => graph.name.toLowerCase().includes(sought.trim().toLowerCase()));
  if (!found.length) return <EmptyShelf title="Nothing by that name" says={`No template is called “${sought}”.`} />;
  return (
    <div className={grid}>
      {found.map(({ id, graph }) => (
        <Tile
          key={id}
          picture={<GraphSketch graph={graph} />}
          name={
            <button
              type="button"
              className="max-w-full truncate rounded text-left font-semibold after:absolute after:inset-0"
              onClick={() => open(graph, 'A copy of the template; change it as you like')}
            >
              {graph.name}
            </button>
          }
          foot={graph.about ?? `${graph.nodes.length} nodes`}
        />
      ))}
    </div>
  );
}
