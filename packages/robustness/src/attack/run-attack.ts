import { UserError } from '@mfm/cli';
import type { Adversarial, Attack, AttackBatch, AttackSettings } from './attack.ts';
import { type FloatClassifier, hasGradient, type ImageShape } from './gradient-classifier.ts';
import { isReached, predictedClass } from './objective.ts';
import { chooseTargets, needsLogits } from './target-class.ts';

/** Batches of an attack by queries, in batches of the model: while images drop out, those that are left still fill some. */
const QUERY_BATCHES = 4;

/** Images from … to of a batch. */
function slice({ images, shape, labels, indices }: AttackBatch, from: number, to: number): AttackBatch {
  const length = images.length / shape[0];
  const [, , height, width] = shape;
  const part: ImageShape = [to - from, 3, height, width];
  return {
    images: images.subarray(from * length, to * length),
    shape: part,
    labels: labels.subarray(from, to),
    indices: indices.subarray(from, to),
  };
}

/** The class that each image's attack is about: its own, or the target. */
async function classesOf(
  model: FloatClassifier,
  batch: AttackBatch,
  { targeted, seed }: AttackSettings,
): Promise<Int32Array> {
  if (targeted === undefined) return batch.labels;
  const logits = needsLogits(targeted) ? await model.logits(batch.images, batch.shape) : new Float32Array();
  return chooseTargets(targeted, logits, model.classes, { ...batch, seed });
}

/** Adversarial images, and the classes that they were made for. */
export interface Attacked extends Adversarial {
  /** The target of each image, or in an untargeted attack its true class: int32 `[N]`. */
  readonly classes: Int32Array;
}

/**
 * Attacks a batch of any size, as many images at once as suits the model. Each image is attacked on its own: with a model that treats them so,
 * the outcome depends on image, label, index and settings alone.
 *
 * The perturbation stays in the ball to the rounding of float32: by at most 2⁻²⁵ a value (L∞), 2⁻²⁵ √(3HW) (L2), beyond ε.
 *
 * @throws UserError for a model without gradients, where the attack needs them, and for a label that is none of its classes
 */
export async function attackImages(
  attack: Attack,
  model: FloatClassifier,
  batch: AttackBatch,
  settings: AttackSettings,
): Promise<Attacked> {
  const unknown = batch.labels.find((label) => !(label >= 0 && label < model.classes));
  if (unknown !== undefined) {
    throw new UserError(
      `attackImages: labels must be classes of the model, 0 to ${model.classes - 1}, got ${unknown}. Use a data set with its classes.`,
    );
  }
  const images = new Float32Array(batch.images.length);
  const [queries, classes] = [new Int32Array(batch.shape[0]), new Int32Array(batch.shape[0])];
  const atOnce = (model.batchSize ?? batch.shape[0]) * (attack.needs === 'logits' ? QUERY_BATCHES : 1);
  const length = images.length / batch.shape[0];
  for (let from = 0; from < batch.shape[0]; from += atOnce) {
    const part = slice(batch, from, Math.min(batch.shape[0], from + atOnce));
    const about = await classesOf(model, part, settings);
    const found = await runPart(attack, model, part, about, settings);
    images.set(found.images, from * length);
    queries.set(found.queries, from);
    classes.set(about, from);
  }
  return { images, queries, classes };
}

function runPart(
  attack: Attack,
  model: FloatClassifier,
  part: AttackBatch,
  classes: Int32Array,
  settings: AttackSettings,
) {
  if (attack.needs === 'logits') return attack.run(model, part, classes, settings);
  if (hasGradient(model)) return attack.run(model, part, classes, settings);
  throw new UserError(
    `attackImages: ${attack.name} must have the model's gradients, which an ONNX classifier alone does not give. ${GRADIENT_ADVICE}`,
  );
}

/** How to come by gradients. */
export const GRADIENT_ADVICE =
  'Write them with "pnpm export --head gradient" and give --gradient-model, give the --checkpoint, or choose attacks that do without: square, simba.';

/**
 * {@link attackImages}, and whether it had success with each image: the model sees the target, or in an untargeted attack not the true class.
 *
 * @returns `success` 0 or 1 of each image, uint8 `[N]`
 */
export async function attackAndJudge(
  attack: Attack,
  model: FloatClassifier,
  batch: AttackBatch,
  settings: AttackSettings,
): Promise<Attacked & { readonly success: Uint8Array }> {
  const found = await attackImages(attack, model, batch, settings);
  const logits = await model.logits(found.images, batch.shape);
  const success = Uint8Array.from(found.classes, (label, i) =>
    Number(isReached(predictedClass(logits, i, model.classes), label, settings.targeted !== undefined)),
  );
  return { ...found, success };
}
