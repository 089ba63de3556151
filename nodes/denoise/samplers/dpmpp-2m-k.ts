import { dpmpp2m } from '../dpmpp-multistep';
import { logSigma } from '../exponential';
import type { Sampler } from '../sampling';

/**
 * DPM-Solver++ 2M over ln sigma, as k-diffusion, ComfyUI and A1111 have it. On models of epsilon and v prediction that is
 * log-SNR and the same as DPM++ 2M; on flow models it is another clock, and begins at pure noise without a limit.
 */
const dpmpp2mK: Sampler = {
  name: 'dpmpp-2m-k',
  title: 'DPM++ 2M k',
  says: "DPM++ 2M as ComfyUI has it: on flow models the clock is sigma's logarithm.",
  group: 'usual',
  place: 4,
  aliases: ['dpmpp_2m', 'DPM++ 2M'],
  spacing: 'match-euler',
  calls: (steps) => steps,
  cfgpp: true,
  step: (x, at) => dpmpp2m(x, at, logSigma),
};
export default dpmpp2mK;
