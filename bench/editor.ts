import fs from 'node:fs';
import { chromium, type Page } from 'playwright-core';
import { type Graph, readGraph } from '../nodes/graph';
import { ask } from '../test/browser/ask';
import { findBrowser } from '../test/browser/find-browser';
import { startSkein } from '../test/browser/start-skein';

/**
 * How the canvas moves under the hand: 37 text-to-video graphs in one, 296 cards and 407 wires, in headless Chromium
 * (1440x900, drawn by the processor). Needs a built page: `npm start` or `npm test` makes it.
 *
 * Figures: `loadSeconds` from the address to all cards and wires on the canvas, the median of seven; of every gesture the time between frames in
 * milliseconds, 50th and 95th percentile: the view moved by the mouse, the wheel, one card dragged. `all` with every card
 * in sight, `near` at the size people work at.
 */
export async function measure() {
  const executablePath = findBrowser();
  if (!executablePath) return { skipped: 'There is no browser: install chromium, or name one in CHROMIUM_PATH.' };
  const skein = await startSkein();
  const browser = await chromium.launch({ executablePath, args: ['--disable-gpu', '--no-first-run'] });
  try {
    const graph = large(37);
    const { id } = await ask(skein.url).graphs.create.mutate({ graph });
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark' });
    const page = await context.newPage();
    await page.addInitScript(noteDrawn(graph));
    // Once unmeasured: the server reads its pages from the disk then.
    await opened(page, `${skein.url}/graph/${id}`);
    const loads: number[] = [];
    for (let time = 0; time < 7; time++) loads.push(await opened(page, `${skein.url}/graph/${id}`));
    await page.waitForTimeout(3000);
    const all = await gestures(page);
    await page.mouse.move(720, 450);
    for (let i = 0; i < 12; i++) await page.mouse.wheel(0, -240);
    await page.waitForTimeout(1500);
    const near = await gestures(page);
    const { cards, wires } = await page.evaluate(() => ({
      cards: document.querySelectorAll('.react-flow__node').length,
      wires: document.querySelectorAll('.react-flow__edge').length,
    }));
    return { loadSeconds: loads.sort((a, b) => a - b)[3]! / 1000, all, near, drawnNear: { cards, wires } };
  } finally {
    await browser.close();
    await skein.stop();
  }
}

/** So many copies of the template beside and below each other. */
function large(copies: number): Graph {
  const { graph } = readGraph(fs.readFileSync('graphs/text-to-video.json', 'utf8'));
  if (!graph) throw new Error('The template cannot be read.');
  const made: Graph = {
    ...graph,
    name: 'Large',
    nodes: [],
    wires: [],
    layout: { ...graph.layout, positions: {}, notes: [], groups: [] },
  };
  delete made.layout.bends;
  for (let copy = 0; copy < copies; copy++) {
    const named = (id: string) => `${id}-${copy}`;
    made.nodes.push(...graph.nodes.map((node) => ({ ...node, id: named(node.id) })));
    made.wires.push(
      ...graph.wires.map(({ from, to }) => ({
        from: { ...from, node: named(from.node) },
        to: { ...to, node: named(to.node) },
      })),
    );
    const [x, y] = [(copy % 6) * 2000, Math.floor(copy / 6) * 1100];
    for (const [node, at] of Object.entries(graph.layout.positions))
      made.layout.positions[named(node)] = { x: at.x + x, y: at.y + y };
  }
  return made;
}

/**
 * From the address to the frame that shows every card and wire, in milliseconds by the page's own clock: it begins with the
 * navigation, before the server is asked.
 */
async function opened(page: Page, url: string): Promise<number> {
  await page.goto('about:blank');
  await page.goto(url, { waitUntil: 'commit' });
  for (let look = 0; look < 600; look++) {
    const drawn = await page.evaluate<number | undefined>('window.drawn_');
    if (drawn) return drawn;
    await page.waitForTimeout(100);
  }
  throw new Error('Not all cards and wires were drawn within a minute.');
}

/** Notes when everything has been drawn: looks before each frame, and once more after the one that has it all. */
const noteDrawn = ({ nodes, wires }: Graph) => `
  requestAnimationFrame(function look() {
    const count = (selector) => document.querySelectorAll(selector).length;
    const isAll = count('[data-node]') >= ${nodes.length} && count('.wire-path') >= ${wires.length};
    requestAnimationFrame(isAll ? (now) => (window.drawn_ = now) : look);
  });`;

/** Frame times while the view is moved, while it is zoomed, while a card is dragged. */
async function gestures(page: Page) {
  const pan = await timed(page, async () => {
    const spot = await bare(page);
    await page.mouse.move(spot.x, spot.y);
    await page.mouse.down();
    for (let i = 1; i <= 60; i++) await page.mouse.move(spot.x + 3 * (i % 30), spot.y + 2 * (i % 30));
    await page.mouse.move(spot.x, spot.y);
    await page.mouse.up();
  });
  const zoom = await timed(page, async () => {
    await page.mouse.move(720, 450);
    for (let i = 0; i < 40; i++) await page.mouse.wheel(0, i % 2 ? 60 : -60);
  });
  const drag = await timed(page, async () => {
    const box = await page.locator('[data-node] header').first().boundingBox();
    const at = box ? { x: box.x + box.width / 3, y: box.y + box.height / 2 } : { x: 720, y: 450 };
    await page.mouse.move(at.x, at.y);
    await page.mouse.down();
    for (let i = 1; i <= 60; i++) await page.mouse.move(at.x + 3 * (i % 30), at.y + 2 * (i % 30));
    await page.mouse.move(at.x, at.y);
    await page.mouse.up();
  });
  return { pan, zoom, drag };
}

/** A place where the view itself is taken hold of. */
const bare = (page: Page) =>
  page.evaluate(() => {
    for (let y = 120; y < 760; y += 10)
      for (let x = 60; x < 1100; x += 10)
        if (document.elementFromPoint(x, y)?.classList.contains('react-flow__pane')) return { x, y };
    return { x: 700, y: 450 };
  });

/** Text, since what names functions on their way to the page would name them there, too. */
const watch = `(() => {
  const times = [];
  let last = performance.now();
  let handle = requestAnimationFrame(function look(now) {
    times.push(now - last);
    last = now;
    handle = requestAnimationFrame(look);
  });
  window.frames_ = () => (cancelAnimationFrame(handle), times.slice(1));
})()`;

async function timed(page: Page, gesture: () => Promise<void>) {
  await page.evaluate(watch);
  await gesture();
  const times = await page.evaluate<number[]>('window.frames_()');
  times.sort((a, b) => a - b);
  const at = (share: number) => Math.round(10 * (times[Math.floor(share * (times.length - 1))] ?? 0)) / 10;
  return { frames: times.length, p50: at(0.5), p95: at(0.95) };
}
