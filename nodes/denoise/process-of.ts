import type { ModelCard } from '../values';
import type { Prediction } from './prediction';
import { flowing, growing, type Process } from './process';

/** How a checkpoint's noise goes: a flow at this shift, or the betas it was trained with. */
export const processOf = ({ process }: ModelCard, shift: number): Process =>
  process ? growing(process.betas) : flowing(shift);

/** What a checkpoint's network answers. */
export const predictionOf = ({ process }: ModelCard): Prediction => process?.prediction ?? 'flow';
