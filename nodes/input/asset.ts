import { z } from 'zod';
import type { NodeProblem } from '../define';

/**
 * The param of nodes that read an upload: the SHA-256 of its bytes, so that the same upload is the same input for ever,
 * whatever it was called. Empty until the user has chosen one.
 */
export const assetParam = (accept: string, title: string, says: string) =>
  z
    .string()
    .regex(/^(?:[0-9a-f]{64})?$/, 'This is not the SHA-256 of an upload: choose a file')
    .default('')
    .meta({ control: 'asset', accept, title, says });

/** The problem of a node whose file has not been chosen yet. */
export const unchosen = (asset: string, what: string): NodeProblem[] =>
  asset ? [] : [{ param: 'asset', says: `No ${what} is chosen yet. Choose one, or drop one onto the card.` }];
