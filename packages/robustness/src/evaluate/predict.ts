/**
 * A classifier under test.
 *
 * @param pixels uint8 RGB `[N, H, W, 3]`, as the loader delivers it: normalisation is the predictor's affair
 * @param shape `[N, H, W, 3]`
 * @returns the class of each image, int32 `[N]`, or scores of each class, float32 `[N, K]`, of which the largest counts
 */
export type Predict = (
  pixels: Uint8Array,
  shape: readonly [N: number, H: number, W: number, C: 3],
) => Promise<Int32Array | Float32Array>;

/** Index of the largest score of each row; the first of equals. */
function largest(scores: Float32Array, count: number): Int32Array {
  const classes = scores.length / count;
  const best = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    for (let k = 1; k < classes; k++) {
      if (scores[i * classes + k]! > scores[i * classes + best[i]!]!) best[i] = k;
    }
  }
  return best;
}

/**
 * Number of right answers.
 *
 * @param prediction what `Predict` returned
 * @param labels true class of each image
 * @throws Error when the prediction is not `[N]` classes or `[N, K]` scores
 */
export function countCorrect(prediction: Int32Array | Float32Array, labels: Int32Array): number {
  const count = labels.length;
  const fits = prediction instanceof Int32Array ? prediction.length === count : prediction.length % count === 0;
  if (!fits || prediction.length === 0) {
    const got = `${prediction.length} values for ${count} images`;
    throw new Error(
      `evaluateRobustness: predict must return a class or one score per class for each image, got ${got}.`,
    );
  }
  const classes = prediction instanceof Int32Array ? prediction : largest(prediction, count);
  let correct = 0;
  for (let i = 0; i < count; i++) if (classes[i] === labels[i]) correct++;
  return correct;
}
