'use client';
import { useQuery } from '@tanstack/react-query';
import type { Shape } from '../../nodes/video/common-part';
import { type Answers, api } from '../api-client';
import { decodesAnimations } from '../player/decoded-film';
import { said } from '../said';

export type Asset = Answers['assets']['get'];
export type RunOf = Answers['runs']['get'];
export type Name = 'A' | 'B';

/** One of the two: the file, and the run that made it, when one did. */
export interface Side {
  name: Name;
  asset: Asset;
  run?: RunOf;
}

/** Reads one side. `problem` says why it cannot be had; neither while it is on its way. */
export function useSide(name: Name, id: string | undefined): { side?: Side; problem?: string } {
  const file = useQuery({
    queryKey: ['asset-of', id],
    queryFn: () => api.assets.get.query({ id: id ?? '' }),
    enabled: id !== undefined,
    retry: false,
  });
  const runId = file.data?.runId ?? undefined;
  const run = useQuery({
    queryKey: ['runs', 'one', runId],
    queryFn: () => api.runs.get.query({ runId: runId ?? '' }),
    enabled: runId !== undefined,
    retry: false,
  });
  if (file.error) return { problem: said(file.error) };
  if (file.data && file.data.kind !== 'image' && file.data.kind !== 'video')
    return { problem: `${file.data.name} is neither a film nor a picture. Choose one that is.` };
  if (!file.data || (runId && run.isPending)) return {};
  return { side: { name, asset: file.data, run: run.data } };
}

/** Size, length and rate of a file as far as the library knows them. */
export function shapeOf({ width, height, frames, seconds }: Asset): Shape | null {
  if (!width || !height) return null;
  const count = Math.max(1, frames ?? 1);
  return { width, height, count, fps: count > 1 && seconds ? count / seconds : 1 };
}

/** Shown by a `<video>`, which goes by our clock. */
export const isFilm = ({ mime }: Pick<Asset, 'mime'>) => mime.startsWith('video/');
/** What may move: it goes by our clock where the browser decodes it for us, and else as the browser likes. */
export const isAnimation = ({ mime }: Pick<Asset, 'mime'>) =>
  (mime === 'image/gif' || mime === 'image/webp') && decodesAnimations();
