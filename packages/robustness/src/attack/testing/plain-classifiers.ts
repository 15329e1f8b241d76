import { createRandom } from '@mfm/data';
import type { AttackBatch } from '../attack.ts';
import type { GradientClassifier, ImageShape } from '../gradient-classifier.ts';
import { crossEntropy } from '../objective.ts';

/** A matrix `[rows, columns]` of normal numbers. */
function matrix(rows: number, columns: number, seed: number, name: string): Float64Array {
  const random = createRandom(seed, name);
  return Float64Array.from({ length: rows * columns }, () => random.normal() / Math.sqrt(columns));
}

function multiply(weights: Float64Array, input: ArrayLike<number>): Float64Array {
  const columns = input.length;
  return Float64Array.from({ length: weights.length / columns }, (_, row) => {
    let sum = 0;
    for (let i = 0; i < columns; i++) sum += weights[row * columns + i]! * input[i]!;
    return sum;
  });
}

function multiplyTransposed(weights: Float64Array, output: ArrayLike<number>): Float64Array {
  const columns = weights.length / output.length;
  const sums = new Float64Array(columns);
  for (let row = 0; row < output.length; row++) {
    for (let i = 0; i < columns; i++) sums[i]! += weights[row * columns + i]! * output[row]!;
  }
  return sums;
}

/** A classifier in plain arithmetic, image by image: forward, and the gradient of the logits' weighted sum. */
function classifierOf(
  classes: number,
  forward: (image: Float32Array) => Float64Array,
  backward: (image: Float32Array, slopes: Float64Array) => Float64Array,
): GradientClassifier {
  const each = (images: Float32Array, count: number) => {
    const length = images.length / count;
    return Array.from({ length: count }, (_, i) => images.subarray(i * length, (i + 1) * length));
  };
  const logits = async (images: Float32Array, [count]: ImageShape) =>
    Float32Array.from(each(images, count).flatMap((image) => [...forward(image)]));
  return {
    classes,
    logits,
    async gradient(images, shape, labels) {
      const scores = await logits(images, shape);
      const loss = Float32Array.from(labels, (label, i) => crossEntropy(scores, i, classes, label));
      const gradient = new Float32Array(images.length);
      each(images, shape[0]).forEach((image, i) => {
        const slopes = Float64Array.from(
          { length: classes },
          (_, k) => Math.exp(-crossEntropy(scores, i, classes, k)) - (k === labels[i] ? 1 : 0),
        );
        gradient.set(backward(image, slopes), i * image.length);
      });
      return { logits: scores, loss, gradient };
    },
  };
}

/** logits = scale · W x, and W `[classes, 3 · side²]`. */
export function linearClassifier(side: number, classes: number, seed = 1, scale = 1) {
  const weights = matrix(classes, 3 * side * side, seed, 'linear').map((value) => value * scale);
  const model = classifierOf(
    classes,
    (image) => multiply(weights, image),
    (_, slopes) => multiplyTransposed(weights, slopes),
  );
  return { model, weights };
}

/** logits = B tanh(A (x − ½)): curved, so that more steps find more. */
export function curvedClassifier(side: number, classes: number, seed = 1): GradientClassifier {
  const hidden = 24;
  const first = matrix(hidden, 3 * side * side, seed, 'first').map((value) => value * 12);
  const second = matrix(classes, hidden, seed, 'second').map((value) => value * 6);
  const hiddenOf = (image: Float32Array) =>
    multiply(
      first,
      Array.from(image, (value) => value - 0.5),
    ).map(Math.tanh);
  return classifierOf(
    classes,
    (image) => multiply(second, hiddenOf(image)),
    (image, slopes) => {
      const through = multiplyTransposed(second, slopes);
      return multiplyTransposed(
        first,
        hiddenOf(image).map((value, k) => through[k]! * (1 - value * value)),
      );
    },
  );
}

/** Images drawn uniformly from a range, labelled as the model sees them. */
export async function labelledImages(
  model: GradientClassifier,
  count: number,
  side: number,
  [low, high]: readonly [number, number] = [0, 1],
  seed = 5,
): Promise<AttackBatch> {
  const random = createRandom(seed, 'images');
  const images = Float32Array.from({ length: count * 3 * side * side }, () => random.uniform(low, high));
  const shape: ImageShape = [count, 3, side, side];
  const logits = await model.logits(images, shape);
  const { classes } = model;
  const labels = Int32Array.from({ length: count }, (_, i) => {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
  return { images, shape, labels, indices: Int32Array.from({ length: count }, (_, i) => 100 + 7 * i) };
}
