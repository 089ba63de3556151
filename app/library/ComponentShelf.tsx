'use client';
import { useQuery } from '@tanstack/react-query';
import { FileDown, Trash2 } from 'lucide-react';
import { toast } from 'sonner';
import { componentOf } from '../../nodes/component';
import { api } from '../api-client';
import { useOpenGraph } from '../editor/use-drops';
import { GraphSketch } from '../GraphSketch';
import { said } from '../said';
import { saveGraphFile } from '../save-file';
import { EmptyShelf, grid, Tile, Waiting } from './Tile';

/** Components that any graph can take: what is inside each, and which version it has. */
export function ComponentShelf({ sought }: { sought: string }) {
  const { data, error, refetch } = useQuery({ queryKey: ['components'], queryFn: () => api.components.list.query() });
  const open = useOpenGraph();
  if (error) return <EmptyShelf title="The components could not be read" says={said(error)} />;
  if (!data) return <Waiting />;
  if (!data.length)
    return (
      <EmptyShelf
        title="No components yet"
        says="Choose some cards on a canvas, make a component of them, and put it into the library from its page."
      />
    );
  const found = data.filter(({ name }) => name.toLowerCase().includes(sought.trim().toLowerCase()));
  if (!found.length) return <EmptyShelf title="Nothing by that name" says={`No component is called “${sought}”.`} />;
  const remove = async (one: (typeof data)[number]) => {
    try {
      await api.components.remove.mutate({ id: one.id });
      await refetch();
      const back = () => api.components.publish.mutate({ graph: one.graph }).then(() => refetch());
      toast(`“${one.name}” is out of the library`, {
        description: 'Graphs that use it keep it.',
        action: { label: 'Bring back', onClick: () => void back() },
      });
    } catch (failure) {
      toast.error('That did not work', { description: said(failure) });
    }
  };
  return (
    <div className={grid}>
      {found.map((one) => {
        const { id, graph, name, version } = one;
        const component = graph.nodes[0] && componentOf(graph, graph.nodes[0]);
        const count = component?.nodes.length ?? 0;
        return (
          <Tile
            key={id}
            picture={component && <GraphSketch graph={{ ...graph, ...insides(component) }} />}
            name={
              <button
                type="button"
                className="max-w-full truncate rounded text-left font-semibold"
                onClick={() => open(graph, 'A graph with this component; take it anywhere by copying its card')}
              >
                {name}
              </button>
            }
            foot={component?.says || `Version ${version} · ${count} ${count === 1 ? 'node' : 'nodes'}`}
            action={
              <div className="relative z-10 flex">
                <Tool says={`Save ${name} as a file`} act={() => saveGraphFile(graph)}>
                  <FileDown size={15} />
                </Tool>
                <Tool says={`Take ${name} out of the library`} act={() => void remove(one)}>
                  <Trash2 size={15} />
                </Tool>
              </div>
            }
          />
        );
      })}
    </div>
  );
}

const insides = ({ nodes, wires, layout }: NonNullable<ReturnType<typeof componentOf>>) => ({ nodes, wires, layout });

function Tool({ says, act, children }: { says: string; act(): void; children: React.ReactNode }) {
  return (
    <button type="button" className="icon-button" aria-label={says} data-hint={says} onClick={act}>
      {children}
    </button>
  );
}
