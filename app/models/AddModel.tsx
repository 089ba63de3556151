'use client';
import { CloudDownload, FolderOpen } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { toast } from 'sonner';
import { api } from '../api-client';
import { Sheet } from '../Sheet';
import { said } from '../said';
import { HubSearch } from './HubSearch';
import { useAct } from './use-downloads';

const ways = [
  { key: 'hub', title: 'From a hub', icon: CloudDownload },
  { key: 'here', title: 'From this computer', icon: FolderOpen },
] as const;

/** Two ways for a model to come in: from a hub by its name, or from where it already lies. */
export function AddModel({ open, onClose }: { open: boolean; onClose(): void }) {
  const [way, setWay] = useState<(typeof ways)[number]['key']>('hub');
  return (
    <Sheet title="Add a model" open={open} onClose={onClose} wide={600}>
      <div className="mb-5 grid grid-cols-2 gap-1 rounded-2xl bg-field p-1">
        {ways.map(({ key, title, icon: Icon }) => (
          <button
            key={key}
            type="button"
            aria-pressed={way === key}
            className={`flex h-9 items-center justify-center gap-2 rounded-xl font-medium transition-colors ${way === key ? 'bg-raised text-ink shadow-card' : 'text-ink-3 hover:text-ink'}`}
            onClick={() => setWay(key)}
          >
            <Icon size={15} aria-hidden /> {title}
          </button>
        ))}
      </div>
      {way === 'hub' ? <HubSearch onBegun={onClose} /> : <FromHere onAdded={onClose} />}
    </Sheet>
  );
}

function FromHere({ onAdded }: { onAdded(): void }) {
  const [path, setPath] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const act = useAct();
  const add = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    await act(async () => {
      try {
        const { models, wasThere, says } = await api.models.add.mutate({ path });
        const names = models.map(({ title }) => title).join(', ');
        toast.success(says ?? (wasThere ? `${names} was in the library already` : `${names} is in the library`));
        onAdded();
      } catch (error) {
        setProblem(said(error));
      }
    });
    setBusy(false);
  };
  return (
    <form onSubmit={add} className="flex flex-col gap-4">
      <div className="flex gap-2">
        <input
          aria-label="Path on the server"
          className="number h-10 min-w-0 flex-1 rounded-xl border border-line bg-field px-3.5 text-[13px] outline-none transition-colors placeholder:text-ink-3 focus:border-accent-text"
          placeholder="/data/ComfyUI/models"
          value={path}
          spellCheck={false}
          autoComplete="off"
          onChange={({ target }) => setPath(target.value)}
        />
        <button type="submit" className="text-button !h-10 !rounded-xl" disabled={!path.trim() || isBusy}>
          {isBusy ? 'Looking' : 'Add'}
        </button>
      </div>
      {problem && (
        <p className="rounded-xl bg-bad-soft px-3 py-2.5 text-[12.5px] leading-snug select-text" role="alert">
          {problem}
        </p>
      )}
      <p className="text-[12.5px] leading-snug text-ink-2">
        A folder in the diffusers layout, ComfyUI’s models folder, or a single .safetensors file, on the machine that
        runs Skein. It stays where it is: the library gets a link. Adding it again accepts its files as they are now.
      </p>
    </form>
  );
}
