import {
  ArrowRightFromLine,
  AudioLines,
  Blend,
  Clapperboard,
  Film,
  type LucideIcon,
  Shapes,
  Sparkles,
  TrendingDown,
  Waves,
} from 'lucide-react';
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
  input: 'Input',
  condition: 'Condition',
  latent: 'Latent',
  sigmas: 'Schedules',
  denoise: 'Denoise',
  vae: 'VAE',
  video: 'Video',
  output: 'Output',
};

export const sectionOf = (type: string) => sections.find(({ types }) => types.includes(type))?.name ?? '';
export const sectionTitle = (section: string) => titles[section] ?? section.charAt(0).toUpperCase() + section.slice(1);

/** The kind a node is coloured by: what it gives, or, at the end of the line, what it takes. */
export function kindOfNode(type: string): Kind | undefined {
  const definition = registry[type];
  return (Object.values(definition?.outputs ?? {})[0] ?? Object.values(definition?.inputs ?? {})[0])?.kind;
}

export function SectionIcon({ type, size = 15 }: { type: string; size?: number }) {
  const Icon = icons[sectionOf(type)] ?? Shapes;
  return (
    <span
      data-kind={kindOfNode(type)}
      className="inline-flex size-6 flex-none items-center justify-center rounded-[7px] text-[color:var(--kind,var(--ink-3))]"
      style={{ background: 'color-mix(in oklab, var(--kind, var(--ink-3)) 15%, transparent)' }}
    >
      <Icon size={size} strokeWidth={2.1} aria-hidden />
    </span>
  );
}
