'use client';
import { Ellipsis, ShieldCheck, Trash2, Unlink } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import { toast } from 'sonner';
import { api } from '../api-client';
import { sayBytes } from '../editor/state/facts-line';
import { Sheet } from '../Sheet';
import type { ShelfModel } from './ModelShelf';
import { useAct } from './use-downloads';

/** What can be done with a model: read every byte again, or take it out of the library. */
export function ModelMenu({ model }: { model: ShelfModel }) {
  const { card, removal, verification } = model;
  const [isRemoving, setRemoving] = useState(false);
  const act = useAct();
  const isLinked = removal.kind === 'unlink';
  return (
    <>
      <DropdownMenu.Root>
        <DropdownMenu.Trigger className="icon-button -mt-1" aria-label={`More for ${card.title}`}>
          <Ellipsis size={16} />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content align="end" sideOffset={4} className="floating z-50 w-52 animate-rise rounded-xl p-1">
            <DropdownMenu.Item
              disabled={verification?.state === 'running'}
              onSelect={() => act(() => api.models.verify.mutate({ id: card.id }))}
              className={item}
            >
              <ShieldCheck size={14} /> Verify every byte
            </DropdownMenu.Item>
            <DropdownMenu.Item onSelect={() => setRemoving(true)} className={`${item} text-bad`}>
              {isLinked ? <Unlink size={14} /> : <Trash2 size={14} />} {isLinked ? 'Take out of the library' : 'Remove'}
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <Remove model={model} open={isRemoving} onClose={() => setRemoving(false)} />
    </>
  );
}

const item =
  'flex cursor-pointer items-center gap-2.5 rounded-lg px-2.5 py-1.5 outline-none data-disabled:opacity-50 data-highlighted:bg-field-hover';

/** Says what would go and whom that concerns, before anything goes. */
function Remove({ model, open, onClose }: { model: ShelfModel; open: boolean; onClose(): void }) {
  const { card, bytes, usedBy, removal } = model;
  const act = useAct();
  const remove = async () => {
    const isGone = await act(async () => api.models.remove.mutate({ id: card.id }), 'It was not removed');
    if (!isGone) return;
    onClose();
    toast(`${card.title} is out of the library`, {
      description: removal.kind === 'unlink' ? 'Its files stay where they lie.' : `${sayBytes(bytes)} are free again.`,
    });
  };
  const isDelete = removal.kind === 'delete';
  const title = isDelete ? `Delete ${card.title}?` : `Take ${card.title} out of the library?`;
  return (
    <Sheet
      title={removal.kind === 'none' ? `${card.title} is not Skein’s to remove` : title}
      open={open}
      onClose={onClose}
      wide={480}
    >
      <div className="flex flex-col gap-3">
        {removal.kind === 'none' ? (
          <p className="break-words text-ink-2">{removal.says}</p>
        ) : (
          <>
            <p className="break-words text-ink-2">
              {isDelete
                ? `Skein has downloaded it: ${sayBytes(bytes)} in ${removal.path} will be deleted.`
                : 'Its files stay where they lie; only the library forgets them.'}
            </p>
            {removal.also.length > 0 && <p>With it goes what lies beside it: {removal.also.join(', ')}.</p>}
            {removal.lacking.length > 0 && (
              <p>
                {removal.lacking.join(', ')} {removal.lacking.length === 1 ? 'has' : 'have'} parts from it, and will
                need others that fit.
              </p>
            )}
            <p className={usedBy.length ? 'font-medium' : 'text-ink-3'}>
              {usedBy.length
                ? `${usedBy.length === 1 ? 'One graph uses' : `${usedBy.length} graphs use`} it: ${usedBy
                    .slice(0, 8)
                    .map(({ name }) => `“${name || 'Untitled'}”`)
                    .join(
                      ', ',
                    )}${usedBy.length > 8 ? ' and others' : ''}. ${isDelete ? 'Opened later, they offer to download it again.' : ''}`
                : 'No graph uses it.'}
            </p>
          </>
        )}
        <div className="mt-2 flex justify-end gap-2">
          <button type="button" className="text-button" onClick={onClose}>
            {removal.kind === 'none' ? 'Close' : 'Keep it'}
          </button>
          {removal.kind !== 'none' && (
            <button
              type="button"
              className="text-button !border-transparent !bg-bad-soft !text-bad hover:brightness-105"
              onClick={remove}
            >
              {isDelete ? 'Delete' : 'Take it out'}
            </button>
          )}
        </div>
      </div>
    </Sheet>
  );
}
