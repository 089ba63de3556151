import type { Locator, Page } from 'playwright-core';
import { soon } from './soon';

/** The canvas as a person meets it: cards by what they are, sockets by their names, wires by their ends. */
export class CanvasPage {
  constructor(readonly page: Page) {}

  card = (type: string): Locator => this.page.locator(`[data-type="${type}"]`);
  state = (type: string): Locator => this.card(type).getByTestId('state');
  status = (): Locator => this.page.getByTestId('run-status');
  runButton = (): Locator => this.page.getByRole('button', { name: 'Run', exact: true });
  pane = (): Locator => this.page.locator('.react-flow__pane');
  wires = (): Promise<number> => this.page.locator('.wire-path').count();
  cards = (): Promise<number> => this.page.locator('[data-node]').count();
  socket = (type: string, name: string, side: 'input' | 'output'): Locator =>
    this.card(type)
      .getByLabel(new RegExp(`^${name}, ${side}`))
      .first();

  /** How many steps the denoiser is set to. */
  steps = (): Promise<string | null> =>
    this.card('denoiser').getByRole('slider', { name: 'Steps', exact: true }).getAttribute('aria-valuenow');

  async opened(): Promise<void> {
    await this.page.waitForURL(/\/graph\/[0-9a-f]{32}$/);
    await this.card('muxer').first().waitFor();
    await this.saved();
  }

  async saved(): Promise<void> {
    await this.page.getByTestId('save-state').getByText('Saved', { exact: true }).waitFor();
  }

  /**
   * Waits until no card has moved or grown for a while: a page that has just opened still fits its view, and a card grows
   * when its picture arrives.
   */
  async still(): Promise<void> {
    await this.page.waitForFunction(
      () => {
        const places = [...document.querySelectorAll('[data-node]')].map((card) => {
          const { x, y, width, height } = card.getBoundingClientRect();
          return [x, y, width, height].map(Math.round).join();
        });
        const all = window as unknown as { looks?: { places: string; since: number } };
        const now = places.join(' ');
        if (all.looks?.places !== now) all.looks = { places: now, since: performance.now() };
        return performance.now() - all.looks.since > 400;
      },
      null,
      { polling: 50 },
    );
  }

  /** Presses bare canvas, so that nothing is chosen. */
  async pressBare(): Promise<void> {
    const chosen = this.page.locator('.react-flow__node.selected');
    // A card that grew in this very moment may have been pressed: then once more.
    await soon(async () => {
      const { x, y } = await this.empty();
      await this.page.mouse.click(x, y);
      await this.page.waitForTimeout(60);
      return chosen.count();
    }).toBe(0);
  }

  /** A spot of bare canvas below the cards, above the dock. */
  async empty(): Promise<{ x: number; y: number }> {
    await this.still();
    const spot = await this.page.waitForFunction(() => {
      const width = window.innerWidth;
      // Rather where a card that is put there is still in sight.
      for (const [from, to] of [
        [700, width - 420],
        [110, width - 110],
      ] as const)
        for (let y = window.innerHeight - 130; y > 90; y -= 24)
          for (let x = from; x < to; x += 24) {
            const clear = [0, -90, 90].every((dx) =>
              document.elementFromPoint(x + dx, y)?.classList.contains('react-flow__pane'),
            );
            if (clear) return { x, y };
          }
      return null;
    });
    const found = await spot.jsonValue();
    if (!found) throw new Error('There is no bare canvas in sight.');
    return found;
  }

  /** Takes a wire from a socket and carries it to a place, without letting go. */
  async pull(from: Locator, to: { x: number; y: number }): Promise<void> {
    const start = await middle(from);
    await this.page.mouse.move(start.x, start.y);
    await this.page.mouse.down();
    await this.page.mouse.move((start.x + to.x) / 2, (start.y + to.y) / 2, { steps: 4 });
    await this.page.mouse.move(to.x, to.y, { steps: 4 });
  }

  /** Types a number into a field of a card. */
  async setNumber(type: string, field: string, value: string): Promise<void> {
    await this.card(type).getByRole('slider', { name: field, exact: true }).click();
    const input = this.card(type).getByLabel(field, { exact: true });
    await input.fill(value);
    await input.press('Enter');
  }

  /** Presses Run and waits for the end; returns what the dock says then. */
  async run(limit = 120_000): Promise<string> {
    // A small run is over before Cancel could be seen: the server's answer tells that it has begun.
    const begun = this.page.waitForResponse((answer) => answer.url().includes('runs.start'));
    await this.runButton().click();
    await begun;
    await this.page.waitForTimeout(150);
    await this.runButton().waitFor({ timeout: limit });
    return this.status().innerText();
  }
}

/** Where the middle of something is, once it stands still: a view that has just opened may still be fitted. */
export async function middle(locator: Locator): Promise<{ x: number; y: number }> {
  let before = await locator.boundingBox();
  for (let look = 0; look < 50; look++) {
    await locator.page().waitForTimeout(60);
    const box = await locator.boundingBox();
    if (box && before && Math.hypot(box.x - before.x, box.y - before.y) < 0.1)
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    before = box;
  }
  throw new Error('It is not on the page, or does not stand still.');
}
