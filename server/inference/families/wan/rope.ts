/** A clip's grid of patches. */
export interface Grid {
  frames: number;
  rows: number;
  columns: number;
}

/**
 * Cosines and sines of the three-axis rotary embedding: both [frames * rows * columns, headSize / 2], frame-major.
 * Pairs of a head: temporal first, then vertical, then horizontal; the spatial axes take 2⌊size/6⌋ channels each.
 * Angle of pair j of an axis of A channels at position p: p · 10000^(-2j/A). Wan, section "3D RoPE".
 */
export function ropeTables(grid: Grid, headSize: number): { cos: Float32Array; sin: Float32Array } {
  const spatial = 2 * Math.floor(headSize / 6);
  const sizes = [headSize - 2 * spatial, spatial, spatial];
  const pairs = headSize / 2;
  const angles = sizes.map((size, axis) => {
    const length = [grid.frames, grid.rows, grid.columns][axis]!;
    return Array.from({ length }, (_, position) =>
      Array.from({ length: size / 2 }, (_, pair) => position * 10000 ** ((-2 * pair) / size)),
    );
  });
  const cos = new Float32Array(grid.frames * grid.rows * grid.columns * pairs);
  const sin = new Float32Array(cos.length);
  let at = 0;
  for (let frame = 0; frame < grid.frames; frame++) {
    for (let row = 0; row < grid.rows; row++) {
      for (let column = 0; column < grid.columns; column++) {
        for (const list of [angles[0]![frame]!, angles[1]![row]!, angles[2]![column]!]) {
          for (const angle of list) {
            cos[at] = Math.cos(angle);
            sin[at++] = Math.sin(angle);
          }
        }
      }
    }
  }
  return { cos, sin };
}
