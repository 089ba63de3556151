import type { Page } from 'playwright-core';
import sharp from 'sharp';
import type { CanvasPage } from './canvas';

/** A small PNG of one colour. */
export const picture = (background: string) =>
  sharp({ create: { width: 48, height: 48, channels: 3, background } })
    .png()
    .toBuffer();

/** Lets files go over the canvas, as from a folder. */
export const drop = (page: Page, name: string, type: string, text: string) =>
  page.evaluate(
    (file) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([file.text], file.name, { type: file.type }));
      document
        .querySelector('.canvas')
        ?.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, clientX: 700, clientY: 500 }));
    },
    { name, type, text },
  );

/** Pastes words, as Ctrl V does. */
export const paste = (page: Page, text: string) =>
  page.evaluate((words) => {
    const data = new DataTransfer();
    data.setData('text/plain', words);
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
  }, text);

/** Puts a tab out of sight, or back in front. Chromium without a window shows all its tabs at once. */
export const putAway = (page: Page, hidden: boolean) =>
  page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { value, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);

/** Changes the denoiser's steps while nothing can be saved, then kills the renderer, as a full memory would. */
export async function crash(canvas: CanvasPage, steps: string): Promise<void> {
  const { page } = canvas;
  const context = page.context();
  await context.route('**/api/trpc/graphs.save**', (route) => route.abort());
  await canvas.setNumber('denoiser', 'Steps', steps);
  await page.getByTestId('save-state').getByText('Not saved yet').waitFor();
  const died = page.waitForEvent('crash');
  // It is never answered: the page that should answer is gone.
  void (await context.newCDPSession(page)).send('Page.crash').catch(() => undefined);
  await died;
  await page.close();
  await context.unrouteAll();
}
