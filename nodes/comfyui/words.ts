import type { Given } from './given';
import { plainWords } from './plain-words';
import type { Reading } from './reading';
import { type ComfyNode, isLink } from './workflow';

/** The wanted and the unwanted text, and the speed they were told. */
export interface Words {
  text?: Given;
  /** The node that turns it into conditioning. */
  by?: ComfyNode;
  frameRate?: unknown;
  /** No words at all: zeros in their place. */
  isZero?: true;
  /** Which kind of text encoder its loader was told to open, such as "wan". */
  encoder?: unknown;
}

/** Nodes that hold pictures and hand the texts through. */
const holders = new Set([
  'WanImageToVideo',
  'WanFirstLastFrameToVideo',
  'WanFunInpaintToVideo',
  'LTXVImgToVideo',
  'LTXVAddGuide',
]);

/** A CONDITIONING, followed back to its text. Nodes on the way hold pictures, which the start is read from the latent. */
export function wordsOf(reading: Reading, from: unknown): Words {
  const node = reading.node(from);
  if (!node) return {};
  const { inputs } = node;
  const side = isLink(from) && from.slot === 1 ? 'negative' : 'positive';
  switch (node.type) {
    case 'CLIPTextEncode': {
      const text = reading.given(node, 'text');
      if (typeof text.value === 'string' && plainWords(text.value).isWeighted)
        reading.remark(node, 'Skein does not weigh words: brackets and their numbers were taken out of the prompt.');
      const plain = text.as((words) => (typeof words === 'string' ? plainWords(words).text : words));
      return { text: plain, by: node, encoder: reading.node(inputs['clip'])?.inputs['type'] };
    }
    case 'ConditioningZeroOut':
      reading.node(inputs['conditioning']);
      return { by: node, isZero: true };
    case 'LTXVConditioning':
      return { ...wordsOf(reading, inputs[side]), frameRate: reading.given(node, 'frame_rate').value };
    default:
      if (!holders.has(node.type) && node.type !== 'LTXVCropGuides')
        reading.lose(node, 'Skein has no such change to a text: it was passed over.');
      return wordsOf(reading, inputs[side] ?? inputs['conditioning']);
  }
}
