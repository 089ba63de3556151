/** Against division by nothing where both are flat (Wang et al.): K1 = .01, K2 = .03 of the range. */
const c1 = (0.01 * 255) ** 2;
const c2 = (0.03 * 255) ** 2;
/** Pixels in a window, and pixels in a fourth of it. */
const [side, half] = [8, 4];

/**
 * Structural similarity of two pictures (Wang, Bovik, Sheikh and Simoncelli, 2004), -1..1, 1 for equal ones: the mean over
 * windows of 8 x 8 pixels, 4 apart, unweighted. That is the variant of x264 and of ffmpeg's `ssim`, to which it is equal
 * but for their rounding; with Gaussian windows of 11 pixels figures are one to two hundredths lower.
 *
 * @param a, b luma, 0..255. Pictures under 8 pixels wide or high are one window.
 */
export function ssim(a: Uint8Array, b: Uint8Array, { width, height }: { width: number; height: number }): number {
  if (width < side || height < side) return similarity(sums(a, b, { left: 0, top: 0, width, height, row: width }));
  const across = Math.floor(width / half);
  const down = Math.floor(height / half);
  /** The sums of a row of quarters and of the one above it: each quarter is part of four windows. */
  let above: Sums[] = [];
  let total = 0;
  for (let y = 0; y < down; y++) {
    const row = Array.from({ length: across }, (_, x) =>
      sums(a, b, { left: x * half, top: y * half, width: half, height: half, row: width }),
    );
    if (y > 0)
      for (let x = 1; x < across; x++) total += similarity(added([above[x - 1]!, above[x]!, row[x - 1]!, row[x]!]));
    above = row;
  }
  return total / ((across - 1) * (down - 1));
}

interface Sums {
  count: number;
  a: number;
  b: number;
  squares: number;
  product: number;
}

interface Area {
  left: number;
  top: number;
  width: number;
  height: number;
  /** Width of the whole picture. */
  row: number;
}

function sums(a: Uint8Array, b: Uint8Array, { left, top, width, height, row }: Area): Sums {
  let [sumA, sumB, squares, product] = [0, 0, 0, 0];
  for (let y = top; y < top + height; y++)
    for (let at = y * row + left, end = at + width; at < end; at++) {
      const [one, other] = [a[at]!, b[at]!];
      sumA += one;
      sumB += other;
      squares += one * one + other * other;
      product += one * other;
    }
  return { count: width * height, a: sumA, b: sumB, squares, product };
}

const added = (all: readonly Sums[]): Sums =>
  all.reduce((sum, one) => ({
    count: sum.count + one.count,
    a: sum.a + one.a,
    b: sum.b + one.b,
    squares: sum.squares + one.squares,
    product: sum.product + one.product,
  }));

/** `(2 ma mb + c1)(2 cov + c2) / ((ma² + mb² + c1)(va + vb + c2))`, variances over count - 1. */
function similarity({ count, a, b, squares, product }: Sums): number {
  const [meanA, meanB] = [a / count, b / count];
  const free = Math.max(1, count - 1);
  const variances = (squares - count * (meanA ** 2 + meanB ** 2)) / free;
  const covariance = (product - count * meanA * meanB) / free;
  return ((2 * meanA * meanB + c1) * (2 * covariance + c2)) / ((meanA ** 2 + meanB ** 2 + c1) * (variances + c2));
}
