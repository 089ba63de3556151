/**
 * Layers [from, to) of the pieces a network is run in: as many as keep each within `most` bytes of weights, about equally
 * long, so that a cancel is noticed between them.
 */
export function layerRanges(layers: number, bytes: number, most: number): { from: number; to: number }[] {
  const count = Math.min(layers, Math.max(1, Math.ceil(bytes / most)));
  return Array.from({ length: count }, (_, piece) => ({
    from: Math.round((piece * layers) / count),
    to: Math.round(((piece + 1) * layers) / count),
  }));
}
