import { Pause, Play } from 'lucide-react';
import type { ComponentProps } from 'react';

/** Plays and holds: what it will do is on it. */
export function PlayButton({
  isPlaying,
  size,
  ...button
}: ComponentProps<'button'> & { isPlaying: boolean; size: number }) {
  const Icon = isPlaying ? Pause : Play;
  return (
    <button type="button" aria-label={isPlaying ? 'Pause' : 'Play'} {...button}>
      <Icon size={size} fill="currentColor" />
    </button>
  );
}
