import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { embeddingNames, textEncoderConfig, textEncoderShapes } from '../server/inference/families/shared/t5-config';
import { type Comparison, compare } from './peers/compare';
import { lackOfPeers, Peer } from './peers/peer';
import { writeRandomShards } from './random-weights';
import { inScratch, type Skipped } from './scratch';
import { umt5Xxl } from './shapes';

/** Writes 11 GB: runs when it is named. */
export const isLong = true;

/**
 * The text encoder of all Wan models, random bf16 weights in shards, 32 tokens; beside PyTorch's in bf16 where there is one
 * (in fp32 it would need 23 GB).
 */
export async function measure(): Promise<Comparison | Skipped> {
  const alone = await lackOfPeers();
  return inScratch(13e9, async (folder) => {
    const config = textEncoderConfig.parse(umt5Xxl);
    const table = [embeddingNames[0], [config.vocab_size, config.d_model]] as const;
    await writeRandomShards(new Map([table, ...textEncoderShapes(config)]), folder, { stem: 'model', most: 5e9 });
    await writeFile(join(folder, 'config.json'), JSON.stringify(umt5Xxl));
    const work = { part: 'text-encoder', folder, tokens: 32 } as const;
    const peers = [() => Peer.skein(work), ...(alone ? [] : [() => Peer.torch(work, 'bfloat16')])];
    return compare(peers, { rounds: 3 });
  });
}
