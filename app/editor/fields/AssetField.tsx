'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ImageOff, ImageUp, LoaderCircle, Trash2 } from 'lucide-react';
import { type ClipboardEvent, type DragEvent, useRef, useState } from 'react';
import { toast } from 'sonner';
import { api, assetUrl } from '../../api-client';
import { upload } from '../../upload';
import type { FieldProps } from './field-props';

/** An upload: drop it, paste it, or choose it. The graph stores the digest of the file, never its name. */
export function AssetField({ field, value, problem, onChange }: FieldProps) {
  const sha256 = typeof value === 'string' ? value : '';
  const picker = useRef<HTMLInputElement>(null);
  const queries = useQueryClient();
  const [share, setShare] = useState<number | null>(null);
  const [isOver, setOver] = useState(false);
  /** The asset the browser cannot show: a format it does not know, or bytes that rotted on disk. */
  const [broken, setBroken] = useState('');
  const { data: asset } = useQuery({
    queryKey: ['asset', sha256],
    queryFn: async () => (await api.assets.list.query({ sha256, limit: 1 })).assets[0] ?? null,
    enabled: /^[0-9a-f]{64}$/.test(sha256),
    staleTime: Number.POSITIVE_INFINITY,
  });

  const take = async (file: File | undefined) => {
    if (!file) return;
    setShare(0);
    try {
      const stored = await upload(file, setShare);
      queries.setQueryData(['asset', stored.sha256], stored);
      setBroken('');
      onChange(stored.sha256);
    } catch (error) {
      toast.error(`${file.name} was not taken`, {
        description: error instanceof Error ? error.message : String(error),
      });
    } finally {
      setShare(null);
    }
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    event.stopPropagation();
    setOver(false);
    void take(event.dataTransfer.files[0]);
  };
  const paste = (event: ClipboardEvent) => {
    const file = event.clipboardData.files[0];
    if (!file) return;
    event.preventDefault();
    event.stopPropagation();
    void take(file);
  };
  const isVideo = asset?.mime.startsWith('video/');
  return (
    <div
      className={`nodrag group relative overflow-hidden rounded-lg border bg-field ${asset && sha256 ? '' : 'border-dashed'} transition-colors ${isOver ? 'border-accent' : problem ? 'border-bad' : asset && sha256 ? 'border-transparent' : 'border-line-strong'}`}
      onDragOver={(event) => {
        event.preventDefault();
        event.stopPropagation();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      onPaste={paste}
    >
      {asset && sha256 ? (
        <>
          {asset.id === broken ? (
            <p className="flex flex-col items-center gap-1 px-3 pt-4 pb-1 text-[12px] text-ink-3">
              <ImageOff size={18} aria-hidden /> No preview of this file
            </p>
          ) : isVideo ? (
            <video
              src={assetUrl(asset.id)}
              muted
              loop
              autoPlay
              playsInline
              onError={() => setBroken(asset.id)}
              className="block max-h-36 w-full object-contain"
            />
          ) : asset.mime.startsWith('image/') ? (
            // biome-ignore lint/performance/noImgElement: served by ourselves, at its own size
            <img
              src={assetUrl(asset.id)}
              alt={asset.name}
              className="block max-h-36 w-full object-contain"
              onError={() => setBroken(asset.id)}
            />
          ) : null}
          <div className="flex items-center gap-2 px-2.5 py-1.5 text-[11px] text-ink-3">
            <button
              type="button"
              className="min-w-0 flex-1 truncate text-left hover:text-ink"
              data-hint="Choose another"
              onClick={() => picker.current?.click()}
            >
              {asset.name}
            </button>
            <button
              type="button"
              aria-label="Take it out"
              data-hint="Take it out"
              className="hover:text-bad"
              onClick={() => onChange(field.fallback ?? '')}
            >
              <Trash2 size={12} />
            </button>
          </div>
        </>
      ) : (
        <button
          type="button"
          className="flex w-full flex-col items-center gap-1 px-3 py-5 text-[12px] text-ink-3 hover:text-ink"
          onClick={() => picker.current?.click()}
        >
          {share === null ? (
            <ImageUp size={18} aria-hidden />
          ) : (
            <LoaderCircle size={18} className="animate-spin" aria-hidden />
          )}
          {share !== null ? `${Math.round(share * 100)} %` : 'Drop, paste or choose a file'}
          {share === null && sha256 && asset === null && <span className="text-bad">The one named here is gone.</span>}
        </button>
      )}
      <input
        ref={picker}
        type="file"
        hidden
        aria-label={field.title}
        accept={accepts(field.accept)}
        onChange={(event) => void take(event.target.files?.[0])}
      />
    </div>
  );
}

const accepts = (types: string | undefined) =>
  types
    ?.split(',')
    .map((type) => (type.endsWith('/') ? `${type}*` : type))
    .join(',');
