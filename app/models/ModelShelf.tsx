'use client';
import { useQuery } from '@tanstack/react-query';
import { Plus, RefreshCw } from 'lucide-react';
import { useState } from 'react';
import { type Answers, api } from '../api-client';
import { sayBytes } from '../editor/state/facts-line';
import { EmptyShelf } from '../library/Tile';
import { said } from '../said';
import { AddModel } from './AddModel';
import { DownloadRow } from './DownloadRow';
import { ModelTile } from './ModelTile';
import { useAct, useDownloads } from './use-downloads';

export type ShelfModel = Answers['models']['shelf'][number];

const grid = 'grid grid-cols-[repeat(auto-fill,minmax(350px,1fr))] items-start gap-5 max-[460px]:grid-cols-1';
const isBusy = ({ card, verification }: ShelfModel) => card.isUnread || verification?.state === 'running';

/** Models first, then LoRAs, then what cannot be used; each by name, as they come. */
const rank = ({ card, kind }: ShelfModel) => (card.broken && !card.isUnread ? 2 : kind === 'lora' ? 1 : 0);

/** Every model and LoRA there is, those on their way, and the way in for others. */
export function ModelShelf({ sought }: { sought: string }) {
  const [isAdding, setAdding] = useState(false);
  const downloads = useDownloads();
  const act = useAct();
  const { data, error } = useQuery({
    queryKey: ['shelf'],
    queryFn: () => api.models.shelf.query(),
    refetchInterval: ({ state }) => (state.data?.some(isBusy) ? 1200 : 30_000),
  });
  const words = sought.trim().toLowerCase();
  const found = data
    ?.filter(({ card }) => `${card.title} ${card.id} ${card.family}`.toLowerCase().includes(words))
    .sort((a, b) => rank(a) - rank(b));
  const broken = data?.filter((model) => rank(model) === 2).length ?? 0;
  const bytes = data?.reduce((sum, model) => sum + model.bytesApart, 0) ?? 0;
  return (
    <>
      <div className="mb-5 flex items-center gap-2">
        <p className="figures flex-1 text-ink-3">
          {data && `${data.length} ${data.length === 1 ? 'model' : 'models'} · ${sayBytes(bytes)}`}
          {broken > 0 && ` · ${broken} cannot be used`}
        </p>
        <button
          type="button"
          className="icon-button"
          aria-label="Look at the folders again"
          data-hint="Look at the folders again"
          onClick={() => act(() => api.models.rescan.mutate())}
        >
          <RefreshCw size={15} />
        </button>
        <button type="button" className="text-button !h-9" onClick={() => setAdding(true)}>
          <Plus size={15} /> Add a model
        </button>
      </div>
      {downloads.length > 0 && (
        <section aria-label="Downloads" className="mb-6 flex flex-col gap-3">
          {downloads.map((download) => (
            <DownloadRow key={download.id} download={download} />
          ))}
        </section>
      )}
      {error ? (
        <EmptyShelf title="The models could not be read" says={said(error)} />
      ) : !found ? (
        <div className={grid} aria-busy="true">
          {['a', 'b', 'c'].map((key) => (
            <div key={key} className="shimmer h-[270px] rounded-2xl border border-line" />
          ))}
        </div>
      ) : found.length ? (
        <div className={grid}>
          {found.map((model) => (
            <ModelTile key={model.card.id} model={model} />
          ))}
        </div>
      ) : data?.length ? (
        <EmptyShelf title="Nothing by that name" says={`No model is called “${sought}”.`} />
      ) : (
        <EmptyShelf title="No models yet" says="Bring one from a hub, or show Skein where yours lie.">
          <button type="button" className="text-button" onClick={() => setAdding(true)}>
            Add a model
          </button>
        </EmptyShelf>
      )}
      <AddModel open={isAdding} onClose={() => setAdding(false)} />
    </>
  );
}
