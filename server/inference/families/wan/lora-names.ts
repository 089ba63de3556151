import { spellingOf } from '../shared/module-names';
import { wanNames } from './original-names';

/** norm2 is another layer in the two worlds, so the file as a whole tells which one it is from. */
export const wanLoraSpelling = spellingOf(wanNames, (names) =>
  names.some((name) => /[._]attn[12][._]|[._]ffn[._]net[._]/.test(name)),
);
