'use client';
import { X } from 'lucide-react';
import { Dialog } from 'radix-ui';
import type { ReactNode } from 'react';

/** A dialog in the middle of the page: a title, a way out, and what it is about. `wide` is its width in pixels. */
export function Sheet(props: {
  title: string;
  says?: string;
  wide?: number;
  open: boolean;
  onClose(): void;
  children: ReactNode;
}) {
  const { title, says, wide = 560, open, onClose, children } = props;
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-50 animate-fade bg-black/50" />
        <Dialog.Content
          {...(says ? {} : { 'aria-describedby': undefined })}
          // What is to be written, or read, comes first; leaving is not the likely next thing.
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            const box = event.currentTarget instanceof HTMLElement ? event.currentTarget : null;
            (box?.querySelector<HTMLElement>('input:not([type="checkbox"])') ?? box)?.focus();
          }}
          tabIndex={-1}
          className="floating fixed top-1/2 left-1/2 z-50 flex max-h-[88vh] max-w-[calc(100vw-32px)] -translate-x-1/2 -translate-y-1/2 animate-fade flex-col overflow-hidden rounded-3xl outline-none"
          style={{ width: wide }}
        >
          <header className="flex flex-none items-start gap-4 px-7 pt-6 pb-4">
            <div className="min-w-0 flex-1">
              <Dialog.Title className="text-[17px] font-semibold tracking-tight">{title}</Dialog.Title>
              {says && <Dialog.Description className="mt-1 text-ink-2">{says}</Dialog.Description>}
            </div>
            <Dialog.Close className="icon-button -mt-1 -mr-2" aria-label="Close">
              <X size={17} />
            </Dialog.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-7 pb-7">{children}</div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
