import path from 'node:path';
import type { BrowserContext } from 'playwright-core';
import type { TestContext } from 'vitest';

/**
 * Where a test failed on a machine nobody can look at: what its pages said, as a screen reader would read them, and with
 * `SKEIN_SHOTS` how they looked.
 */
export async function tellPages({ task }: TestContext, context: BrowserContext): Promise<void> {
  if (task.result?.state !== 'fail') return;
  const shots = process.env['SKEIN_SHOTS'];
  for (const [index, page] of context.pages().entries()) {
    const said = await page.locator('body').ariaSnapshot({ timeout: 5000 }).catch(String);
    const focus = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 160)).catch(String);
    console.log(`${task.name}: ${page.url()}, focus on ${focus}\n${said.slice(0, 5000)}`);
    if (shots) await page.screenshot({ path: path.join(shots, `failed-${task.id}-${index}.png`) }).catch(() => {});
  }
}
