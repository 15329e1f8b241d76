/** The class with the largest score of one row of float32 `[N, classes]`; the first of equals. */
export function predictedClass(logits: Float32Array, row: number, classes: number): number {
  let best = 0;
  for (let k = 1; k < classes; k++) if (logits[row * classes + k]! > logits[row * classes + best]!) best = k;
  return best;
}

/** −log softmax(logits)ₖ at the label, of one row. */
export function crossEntropy(logits: Float32Array, row: number, classes: number, label: number): number {
  const start = row * classes;
  const largest = logits[start + predictedClass(logits, row, classes)]!;
  let sum = 0;
  for (let k = 0; k < classes; k++) sum += Math.exp(logits[start + k]! - largest);
  return Math.log(sum) + largest - logits[start + label]!;
}

/** By how much the label's score exceeds the best other one's: negative where the model is wrong. */
export function margin(logits: Float32Array, row: number, classes: number, label: number): number {
  let other = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < classes; k++) if (k !== label) other = Math.max(other, logits[row * classes + k]!);
  return logits[row * classes + label]! - other;
}

/** Whether an answer is what an attack wants: the target class, or any but the true one. */
export const isReached = (predicted: number, label: number, targeted: boolean): boolean =>
  targeted ? predicted === label : predicted !== label;
