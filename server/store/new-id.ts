import { randomBytes } from 'node:crypto';

/** An id that says nothing and cannot be guessed: 128 random bits, 32 hexadecimal digits. */
export const newId = (): string => randomBytes(16).toString('hex');

/** What `newId` makes, and nothing else: ids from outside are matched before they reach a query. */
export const idPattern = /^[0-9a-f]{32}$/;
