import { UserError } from '@mfm/cli';

/**
 * Targets of a batch mixed with its reverse: λₙ · onehot(labels[n]) + (1 − λₙ) · onehot(labels[N − 1 − n]), where a label's
 * entry is 1 − s + s/K and the others s/K. As timm 0.4.12's `mixup_target`, in float32.
 *
 * @param labels class indices in [0, classes)
 * @param lambdas share of the own label, one per sample, in [0, 1]
 * @param classes K
 * @param smoothing s in [0, 1)
 * @returns float32 `[N, K]`, rows add up to 1
 * @throws UserError for a label or smoothing out of range
 */
export function mixTargets(
  labels: Int32Array,
  lambdas: ArrayLike<number>,
  classes: number,
  smoothing: number,
): Float32Array<ArrayBuffer> {
  if (!(smoothing >= 0 && smoothing < 1)) {
    throw new UserError(`mixTargets: label smoothing must be in [0, 1), got ${smoothing}.`);
  }
  const outside = labels.find((label) => label < 0 || label >= classes);
  if (outside !== undefined) {
    throw new UserError(`mixTargets: labels must be in [0, ${classes}), got ${outside}. Check the number of classes.`);
  }
  const { fround } = Math;
  const off = fround(smoothing / classes);
  const on = fround(1 - smoothing + smoothing / classes);
  const count = labels.length;
  const targets = new Float32Array(count * classes);
  for (let n = 0; n < count; n++) {
    const lambda = fround(lambdas[n]!);
    const rest = fround(1 - lambdas[n]!);
    const row = n * classes;
    const [own, other] = [labels[n]!, labels[count - 1 - n]!];
    targets.fill(fround(off * lambda) + fround(off * rest), row, row + classes);
    targets[row + own] = fround(on * lambda) + fround((own === other ? on : off) * rest);
    if (own !== other) targets[row + other] = fround(off * lambda) + fround(on * rest);
  }
  return targets;
}

/** One-hot targets with label smoothing and no mixing: float32 `[N, classes]` (see `mixTargets`). */
export function smoothTargets(labels: Int32Array, classes: number, smoothing: number): Float32Array<ArrayBuffer> {
  return mixTargets(labels, new Float64Array(labels.length).fill(1), classes, smoothing);
}
