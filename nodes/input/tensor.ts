export interface Tensor {
  data: Float32Array;
  shape: readonly number[];
}

/**
 * One tensor out of a file: the one that is asked for, else the first of the usual names that is there, else the only one.
 * Throws with the names that are there, so that the user can choose.
 */
export function chooseTensor(tensors: Record<string, Tensor>, asked: string, usual: readonly string[]): Tensor {
  const names = Object.keys(tensors);
  const name = asked || usual.find((one) => names.includes(one)) || (names.length === 1 ? names[0]! : '');
  const tensor = tensors[name];
  if (tensor) return tensor;
  const there = names.slice(0, 20).join(', ') || 'none';
  const wanted = asked ? `no tensor called "${asked}"` : `several tensors and none called ${usual.join(' or ')}`;
  throw new Error(`The file has ${wanted}. There are: ${there}. Enter one of these under "Tensor".`);
}

/** The shape without leading ones (a batch of one), which must then have so many axes. */
export function unbatched(tensor: Tensor, axes: number, what: string): readonly number[] {
  const extra = tensor.shape.length - axes;
  if (extra >= 0 && tensor.shape.slice(0, extra).every((side) => side === 1)) return tensor.shape.slice(extra);
  throw new Error(
    `The tensor has the shape [${tensor.shape.join(', ')}], and ${what} is wanted. Choose another tensor or file.`,
  );
}
