import { expect } from 'vitest';

/**
 * Looks again and again until it is so, as a person would, for as long as a busy machine may need.
 * What is read once, right after a press, is read before the page was drawn anew.
 *
 * @param limit milliseconds
 * @param interval milliseconds between two looks: more where a look costs the server something and it takes long
 */
export const soon = <T>(look: () => T, limit = 30_000, interval = 40) =>
  expect.poll(look, { timeout: limit, interval });
