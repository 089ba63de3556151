/**
 * Sinusoidal features of timesteps on the 0..1000 scale, as torch computes them in fp32 (models trained with them know no
 * others): cos(t·f_0 .. t·f_h-1), then sin of the same, f_i = exp(-ln(10000)·i/h), h = width/2.
 */
export function timeFeatures(timesteps: readonly number[], width: number): Float32Array {
  const frequencies = timeFrequencies(width / 2);
  const half = frequencies.length;
  const features = new Float32Array(timesteps.length * width);
  for (const [row, timestep] of timesteps.entries()) {
    const t = Math.fround(timestep);
    for (let i = 0; i < half; i++) {
      // With t up to 999, rounding the angle to fp32 is what makes the features torch's: in double they differ by 4e-5.
      const angle = Math.fround(t * frequencies[i]!);
      features[row * width + i] = Math.cos(angle);
      features[row * width + half + i] = Math.sin(angle);
    }
  }
  return features;
}

/** torch's exp is not correctly rounded at these two of the customary 128: both come out one unit in the last place higher. */
const torchRounding: ReadonlyMap<number, number> = new Map([
  [12, 0.42169651389122009],
  [106, 0.0004869675321970135],
]);

export function timeFrequencies(half: number): Float32Array {
  const slope = Math.fround(-Math.log(10000));
  const frequencies = Float32Array.from({ length: half }, (_, i) =>
    Math.exp(Math.fround(Math.fround(slope * i) / half)),
  );
  if (half === 128) for (const [i, value] of torchRounding) frequencies[i] = value;
  return frequencies;
}
