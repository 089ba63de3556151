import { z } from 'zod';
import { defineNode, optional, port } from '../define';
import { guidances } from './guidance/registry';
import { linksAtWork, usualStrengths } from './guidance-chain';
import type { Guidance, GuidanceLink, Strengths } from './guiding';

const all = Object.values<Guidance>(guidances);
const names = all.map(({ name }) => name) as [string, ...string[]]; // the registry is never empty
/** Shown only for the methods that read it. */
const readBy = (strength: keyof Strengths) => ({
  param: 'method',
  is: all.filter(({ reads }) => reads.includes(strength)).map(({ name }) => name),
});
const leads = { param: 'method', is: all.filter(({ lead }) => lead).map(({ name }) => name) };

export default defineNode({
  type: 'guidance',
  version: 1,
  title: 'Guidance',
  says: 'How the text leads. In a chain each link has its own part of the steps; the last that is at work there leads.',
  inputs: {
    before: optional(port.guidance('The chain so far')),
    other: optional(port.conditioning('A further text: the empty one for Perp-neg, the scene for Dual')),
  },
  outputs: { guidance: port.guidance('The chain with this link') },
  params: z.object({
    method: z.enum(names).default('cfg').meta({ control: 'select', says: 'How the texts are weighed.' }),
    scale: z.number().min(0).max(30).default(5).meta({
      control: 'slider',
      step: 0.1,
      when: leads,
      says: 'How strictly the text is followed. 1 is the text alone.',
    }),
    lastScale: z.number().min(0).max(30).nullable().default(null).meta({
      title: 'Scale, last frame',
      step: 0.1,
      when: leads,
      says: 'Guidance of the last frame; it runs there in a straight line from that of the first. Empty: the same.',
    }),
    start: z.number().min(0).max(1).default(0).meta({
      control: 'slider',
      step: 0.01,
      says: 'It begins after this part of the steps.',
    }),
    end: z.number().min(0).max(1).default(1).meta({
      control: 'slider',
      step: 0.01,
      says: 'It ends after this part of the steps.',
    }),
    second: z
      .number()
      .min(0)
      .max(30)
      .default(usualStrengths.second)
      .meta({
        title: 'Second scale',
        control: 'slider',
        step: 0.1,
        when: readBy('second'),
        says: 'Perp-neg: weight of what is unwanted. Dual: guidance of the other text.',
      }),
    zeroSteps: z
      .int()
      .min(0)
      .max(20)
      .default(usualStrengths.zeroSteps)
      .meta({
        when: readBy('zeroSteps'),
        says: 'So many first steps do not move, while the velocity is least known.',
      }),
    along: z
      .number()
      .min(0)
      .max(1)
      .default(usualStrengths.along)
      .meta({
        control: 'slider',
        step: 0.01,
        when: readBy('along'),
        says: 'How much of the part that burns colours is kept (eta). 1 keeps all.',
      }),
    momentum: z
      .number()
      .min(-1)
      .max(1)
      .default(usualStrengths.momentum)
      .meta({
        control: 'slider',
        step: 0.01,
        when: readBy('momentum'),
        says: 'How much of the last direction lives on; below 0 it is pushed away from.',
      }),
    longest: z
      .number()
      .min(0)
      .max(1000)
      .default(usualStrengths.longest)
      .meta({
        title: 'Longest direction',
        step: 0.5,
        when: readBy('longest'),
        says: 'The direction is cut to this length in each frame. 0 cuts nothing.',
      }),
    rescale: z
      .number()
      .min(0)
      .max(1)
      .default(usualStrengths.rescale)
      .meta({
        control: 'slider',
        step: 0.01,
        when: readBy('rescale'),
        says: 'How much of the contrast that guidance added is taken back.',
      }),
  }),
  infer({ inputs, params }) {
    const { asks } = guidances[params.method as keyof typeof guidances];
    const problems = [];
    if ((asks as readonly string[]).includes('other') && !inputs.other)
      problems.push({
        port: 'other',
        says: 'This method weighs a further text. Connect one to "Other", or take another method.',
      });
    if (params.start > params.end)
      problems.push({ param: 'start', says: 'It would begin after it ends. Set the start below the end.' });
    const before = inputs.before?.facts.chain;
    const chain = [...(typeof before === 'string' ? (JSON.parse(before) as GuidanceLink[]) : []), linkOf(params)];
    return {
      outputs: { guidance: { chain: JSON.stringify(chain), asks: meanTexts(chain) } },
      problems,
    };
  },
  run: async ({ inputs, params }) => ({
    guidance: {
      kind: 'guidance',
      links: [...(inputs.before?.links ?? []), { ...linkOf(params), other: inputs.other }],
    },
  }),
});

function linkOf(params: Omit<GuidanceLink, 'strengths' | 'other'> & Strengths): GuidanceLink {
  const { method, scale, lastScale, start, end, ...strengths } = params;
  return { method, scale, lastScale, start, end, strengths };
}

/** Texts the network is asked for at a step, in the mean over the way. */
function meanTexts(chain: readonly GuidanceLink[]): number {
  const moments = 100;
  let asked = 0;
  for (let i = 0; i < moments; i++)
    asked += 1 + (linksAtWork(chain, { part: i / moments, scale: null, cfgpp: false }).lead?.guidance.asks.length ?? 0);
  return asked / moments;
}
