'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { toast } from 'sonner';
import { api } from '../api-client';
import { said } from '../said';
import { Quiet } from './Quiet';
import { sayBytes, sayModel } from './state/facts-line';

/** What this machine gives: devices as they answered when tried, cache, disk, ffmpeg, models. */
export function SystemPanel() {
  const queries = useQueryClient();
  const { data, error } = useQuery({
    queryKey: ['system'],
    queryFn: () => api.system.status.query(),
    refetchInterval: 5000,
  });
  const { data: models } = useQuery({ queryKey: ['models'], queryFn: () => api.models.list.query() });
  const clear = async () => {
    try {
      const { freed } = await api.system.clearCache.mutate();
      toast.success(`${sayBytes(freed)} are free again`, { description: 'Films in the gallery stay.' });
      await queries.invalidateQueries({ queryKey: ['system'] });
    } catch (failure) {
      toast.error('The cache could not be emptied', { description: said(failure) });
    }
  };
  const rescan = async () => {
    try {
      queries.setQueryData(['models'], await api.models.rescan.mutate());
    } catch (failure) {
      toast.error('The model folders could not be read', { description: said(failure) });
    }
  };
  if (error) return <Quiet>{said(error)}</Quiet>;
  if (!data) return null;
  return (
    <div className="flex flex-col gap-5">
      <Part title="Devices">
        {data.devices.length === 0 && (
          <p className="text-ink-3">
            {data.worker.alive ? 'The worker is still trying them.' : 'No worker is running.'}
          </p>
        )}
        {data.devices.map(({ key, provider, says }) => (
          <div key={key} className="rounded-xl border border-line bg-surface p-3">
            <p className="figures font-semibold">{provider}</p>
            <p className="text-[12px] leading-snug text-ink-2">{says}</p>
          </div>
        ))}
      </Part>
      <Part
        title="Cache"
        action={
          <button type="button" className="text-button !h-7 !px-2 text-[12px]" onClick={clear}>
            Empty
          </button>
        }
      >
        <Meter share={data.cache.bytes / Math.max(1, data.cache.budget)} />
        <p className="figures text-[12px] text-ink-2">
          {sayBytes(data.cache.bytes)} of {sayBytes(data.cache.budget)} · {data.cache.entries} results
        </p>
      </Part>
      <Part title="Disk">
        <Meter share={1 - data.disk.free / Math.max(1, data.disk.total)} />
        <p className="figures text-[12px] text-ink-2">
          {sayBytes(data.disk.free)} free of {sayBytes(data.disk.total)}
        </p>
      </Part>
      <Part
        title="Models"
        action={
          <button type="button" className="text-button !h-7 !px-2 text-[12px]" onClick={rescan}>
            Look again
          </button>
        }
      >
        <Link href="/library#models" className="text-[12px] text-ink-2 underline underline-offset-[3px]">
          Add, verify, remove
        </Link>
        {models?.map((card) => (
          <div key={card.id} className="rounded-xl border border-line bg-surface p-3">
            <p className="font-semibold">{card.title}</p>
            <p className="figures text-[11px] text-ink-3">
              {sayModel(card)} · {card.digest.slice(0, 12)}
            </p>
            {card.broken && (
              <p className={`mt-1 text-[12px] ${card.isUnread ? 'text-ink-2' : 'text-bad'}`}>{card.broken}</p>
            )}
          </div>
        ))}
      </Part>
      <Part title="ffmpeg">
        {'problem' in data.ffmpeg ? (
          <p className="text-[12px] text-bad">{data.ffmpeg.problem}</p>
        ) : (
          <p className="text-[12px] break-words text-ink-2">
            <span className="figures">{data.ffmpeg.version}</span>
            {data.ffmpeg.note && <span className="block text-ink-3">{data.ffmpeg.note}</span>}
          </p>
        )}
      </Part>
      <p className="figures text-[11px] text-ink-3">Skein {data.version}</p>
    </div>
  );
}

function Part({ title, action, children }: { title: string; action?: ReactNode; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-2">
      <header className="flex min-h-7 items-center justify-between">
        <h3 className="text-[12px] font-semibold text-ink-3">{title}</h3>
        {action}
      </header>
      {children}
    </section>
  );
}

function Meter({ share }: { share: number }) {
  return (
    <div className="h-1.5 overflow-hidden rounded-full bg-fill">
      <div
        className="h-full rounded-full bg-cached"
        style={{ width: `${Math.min(1, Math.max(0.004, share)) * 100}%` }}
      />
    </div>
  );
}
