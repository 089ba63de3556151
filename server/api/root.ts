import { assets } from './assets';
import { compare } from './compare';
import { components } from './components';
import { graphs } from './graphs';
import { hub } from './hub';
import { models } from './models';
import { presets } from './presets';
import { runs } from './runs';
import { sweeps } from './sweeps';
import { system } from './system';
import { createCaller, router } from './trpc';

/** The whole API. The page imports its type only. */
export const appRouter = router({ graphs, components, runs, sweeps, assets, compare, models, hub, presets, system });
export type AppRouter = typeof appRouter;

export type { DownloadState } from '../hub/downloads';
export type { Offer } from '../hub/offer';
export type { HubSettings } from '../hub/settings';
export type { Licence } from '../library/licence';
export type { Removal } from '../library/remove-model';
export type { FilmComparison } from '../media/compare-films';
export type { AssetKind, AssetSummary } from '../store/assets';
export type { Preset } from '../store/presets';
export type { NodeRunSummary, NodeState, RunState, RunSummary } from '../store/runs';
export type { SweepCell } from '../store/sweep-cells';
export type { SweepSummary } from '../store/sweeps';
export type { GraphPlan } from './plan-graph';
export type { SweepOutlook } from './sweep-plan';
export type { SystemStatus } from './system';
export type { Conflict } from './trpc';

/** Calls procedures without HTTP, in tests and scripts. */
export const callerFor = createCaller(appRouter);
