import { type Reading, whole } from './reading';
import type { ComfyNode } from './workflow';

/** What a node that writes a film says of it. */
export interface Film {
  images?: unknown;
  fps?: unknown;
  crf?: number | undefined;
  format: 'mp4' | 'webm' | 'gif' | 'webp';
}

/** The film that a node writes; undefined when it writes none. */
export function filmOf(reading: Reading, node: ComfyNode): Film | undefined {
  const { images, format } = node.inputs;
  const at = (name: string) => reading.given(node, name).value;
  switch (node.type) {
    case 'SaveVideo':
      return { ...videoOf(reading, node.inputs['video']), format: 'mp4' };
    case 'SaveWEBM':
      return { images, fps: at('fps'), crf: whole(at('crf')), format: 'webm' };
    case 'SaveAnimatedWEBP':
    case 'SaveAnimatedPNG':
      return { images, fps: at('fps'), format: 'webp' };
    case 'VHS_VideoCombine': {
      const kinds = ['gif', 'webp', 'webm'] as const;
      const kind = kinds.find((one) => String(format).includes(one)) ?? 'mp4';
      return { images, fps: at('frame_rate'), crf: whole(at('crf')), format: kind };
    }
    default:
      return undefined;
  }
}

function videoOf(reading: Reading, from: unknown): Pick<Film, 'images' | 'fps'> {
  const node = reading.node(from);
  if (node?.type !== 'CreateVideo') return {};
  if (node.inputs['audio'] !== undefined) reading.remark(node, 'Its sound was left out: Skein makes silent films.');
  return { images: node.inputs['images'], fps: reading.given(node, 'fps').value };
}
