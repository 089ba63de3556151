import {
  ArrowRightFromLine,
  AudioLines,
  Blend,
  Clapperboard,
  Film,
  type LucideIcon,
  Package,
  Shapes,
  Sparkles,
  TrendingDown,
  Waves,
} from 'lucide-react';
import { isComponent } from '../../nodes/component';
import type { AnyNode } from '../../nodes/define';
import { registry, sections } from '../../nodes/registry';
import type { Kind } from '../../nodes/values';

/** Sections, not nodes, have icons: a new node file needs no edit here. */
const icons: Record<string, LucideIcon> = {
  input: ArrowRightFromLine,
  condition: AudioLines,
  latent: Waves,
  sigmas: TrendingDown,
  denoise: Sparkles,
  vae: Blend,
  video: Film,
  output: Clapperboard,
};
const titles: Record<string, string> = {
  often: 'Most often',
  takes: 'What it takes',
  gives: 'What it gives',
  here: 'On the canvas',
  now: 'Now',
  input: 'Input',
  condition: 'Condition',
  latent: 'Latent',
  sigmas: 'Schedules',
  denoise: 'Denoise',
  vae: 'VAE',
  video: 'Video',
  output: 'Output',
  component: 'Components',
};

export const sectionOf = (type: string) => sections.find(({ types }) => types.includes(type))?.name ?? '';
export const sectionTitle = (section: string) => titles[section] ?? section.charAt(0).toUpperCase() + section.slice(1);

/** The kind a node is coloured by: what it gives, or, at the end of the line, what it takes. */
export function kindOfNode(type: string, definition: AnyNode | undefined = registry[type]): Kind | undefined {
  return (Object.values(definition?.outputs ?? {})[0] ?? Object.values(definition?.inputs ?? {})[0])?.kind;
}

export function SectionIcon({ type, definition, size = 15 }: { type: string; definition?: AnyNode; size?: number }) {
  const Icon = isComponent({ type }) ? Package : (icons[sectionOf(type)] ?? Shapes);
  return (
    <span
      data-kind={kindOfNode(type, definition)}
      className="inline-flex size-6 flex-none items-center justify-center rounded-[7px] text-[color:var(--kind,var(--ink-3))]"
      style={{ background: 'color-mix(in oklab, var(--kind, var(--ink-3)) 15%, transparent)' }}
    >
      <Icon size={size} strokeWidth={2.1} aria-hidden />
    </span>
  );
}
