import { Columns2, Flame, FlipHorizontal2, type LucideIcon, SquareSplitHorizontal } from 'lucide-react';

export type Mode = 'side' | 'wipe' | 'difference' | 'flip';

/** Ways to look at two pictures; their keys are 1 to 4. */
export const modes: readonly { mode: Mode; title: string; says: string; icon: LucideIcon }[] = [
  { mode: 'side', title: 'Side by side', says: 'Both next to each other · 1', icon: Columns2 },
  {
    mode: 'wipe',
    title: 'Wipe',
    says: 'A left of a line, B right of it: drag it, or use its arrow keys · 2',
    icon: SquareSplitHorizontal,
  },
  { mode: 'difference', title: 'Difference', says: 'Where they differ, as a heat map · 3', icon: Flame },
  {
    mode: 'flip',
    title: 'Flip',
    says: 'One in the place of the other: F flips, hold H or the mouse to look · 4',
    icon: FlipHorizontal2,
  },
];
