/** Solves A X = B by Gaussian elimination with partial pivoting; A [n][n] and B [n][m] are used up, and B holds X. */
function solve(a: number[][], b: number[][]): number[][] {
  const size = a.length;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(a[row]![column]!) > Math.abs(a[pivot]![column]!)) pivot = row;
    }
    [a[column], a[pivot]] = [a[pivot]!, a[column]!];
    [b[column], b[pivot]] = [b[pivot]!, b[column]!];
    for (let row = 0; row < size; row++) {
      const factor = a[row]![column]! / a[column]![column]!;
      if (row === column || factor === 0) continue;
      a[row] = a[row]!.map((value, index) => value - factor * a[column]![index]!);
      b[row] = b[row]!.map((value, index) => value - factor * b[column]![index]!);
    }
  }
  return b.map((row, index) => row.map((value) => value / a[index]![index]!));
}

const zeros = (length: number): number[] => new Array<number>(length).fill(0);

/**
 * Second derivatives at the knots of the not-a-knot cubic spline, as a matrix [n][n] on the values there: the second derivative is
 * continuous at every inner knot, the third at the first and last of them.
 */
function secondDerivatives(knots: readonly number[]): number[][] {
  const size = knots.length;
  const gaps = knots.slice(1).map((knot, index) => knot - knots[index]!);
  const [left, right] = [knots.map(() => zeros(size)), knots.map(() => zeros(size))];
  for (let i = 1; i < size - 1; i++) {
    const [before, after] = [gaps[i - 1]!, gaps[i]!];
    left[i]!.splice(i - 1, 3, before / 6, (before + after) / 3, after / 6);
    right[i]!.splice(i - 1, 3, 1 / before, -1 / before - 1 / after, 1 / after);
  }
  for (const [row, start] of [
    [0, 0],
    [size - 1, size - 3],
  ] as const) {
    const [before, after] = [gaps[start]!, gaps[start + 1]!];
    left[row]!.splice(start, 3, -1 / before, 1 / before + 1 / after, -1 / after);
  }
  return solve(left, right);
}

/**
 * Interpolation by the not-a-knot cubic spline, as a matrix: values at the targets = matrix · values at the knots. Targets outside the
 * knots take the border's value.
 *
 * @param knots n ≥ 4 increasing positions
 * @param targets positions
 * @returns [targets][n]
 */
export function splineMatrix(knots: readonly number[], targets: readonly number[]): number[][] {
  const curvature = secondDerivatives(knots);
  const last = knots.length - 1;
  return targets.map((target) => {
    const x = Math.min(Math.max(target, knots[0]!), knots[last]!);
    let k = 0;
    while (k < last - 1 && x > knots[k + 1]!) k++;
    const gap = knots[k + 1]! - knots[k]!;
    const [a, b] = [(knots[k + 1]! - x) / gap, (x - knots[k]!) / gap];
    const [c, d] = [((a ** 3 - a) * gap ** 2) / 6, ((b ** 3 - b) * gap ** 2) / 6];
    const row = knots.map((_, j) => c * curvature[k]![j]! + d * curvature[k + 1]![j]!);
    row[k]! += a;
    row[k + 1]! += b;
    return row;
  });
}
