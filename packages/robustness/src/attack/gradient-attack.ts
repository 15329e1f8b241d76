import type { Adversarial, AttackBatch, AttackSettings } from './attack.ts';
import type { GradientClassifier } from './gradient-classifier.ts';
import { createMover } from './mover.ts';
import { crossEntropy, isReached, predictedClass } from './objective.ts';

/** Whether a restart's outcome is worse for the model: fooled before not fooled, then by loss. */
interface Outcome {
  readonly fooled: boolean;
  readonly loss: number;
}

const isWorse = (a: Outcome, b: Outcome): boolean => (a.fooled === b.fooled ? a.loss > b.loss : a.fooled);

/** All steps of one restart. Returns the images it ends with. */
async function descend(
  model: GradientClassifier,
  { images: clean, shape, indices }: AttackBatch,
  classes: Int32Array,
  settings: AttackSettings,
  restart: number | undefined,
): Promise<Float32Array> {
  const { seed, steps, stepSize, targeted } = settings;
  const start = restart === undefined ? undefined : { seed, restart, indices };
  const mover = createMover(clean, shape, { ...settings, start });
  const length = clean.length / shape[0];
  for (let step = 0; step < steps; step++) {
    const { loss, gradient } = await model.gradient(mover.images, shape, classes);
    for (let i = 0; i < shape[0]; i++) {
      if (!Number.isFinite(loss[i]!)) {
        throw new Error(
          `gradientAttack: the model's loss must be finite, got ${loss[i]} for image ${indices[i]} in step ${step}.`,
        );
      }
      mover.move(i, gradient.subarray(i * length, (i + 1) * length), targeted ? -stepSize : stepSize);
    }
  }
  return mover.images;
}

/** How each image of a restart fared. */
async function judge(
  model: GradientClassifier,
  images: Float32Array,
  batch: AttackBatch,
  classes: Int32Array,
  targeted: boolean,
) {
  const logits = await model.logits(images, batch.shape);
  return Array.from(classes, (label, i): Outcome => {
    const loss = crossEntropy(logits, i, model.classes, label);
    return {
      fooled: isReached(predictedClass(logits, i, model.classes), label, targeted),
      loss: targeted ? -loss : loss,
    };
  });
}

/**
 * Projected gradient steps on the cross-entropy (Madry et al. 2018): x ← Π(x + step · steepest direction), Π onto the ball around the clean
 * image and [0, 1]. One step of the ball's radius from the clean image is FGSM (Goodfellow et al. 2015). All steps are made, as in the
 * protocol, whether or not an image is misclassified on the way, and the last one counts.
 *
 * @param randomStart whether a restart begins at a point of the ball that is drawn, or at the clean image
 */
export async function gradientAttack(
  model: GradientClassifier,
  batch: AttackBatch,
  classes: Int32Array,
  settings: AttackSettings,
  randomStart: boolean,
): Promise<Adversarial> {
  const { restarts, steps, targeted } = settings;
  const length = batch.images.length / batch.shape[0];
  const queries = new Int32Array(batch.shape[0]).fill(steps * restarts);
  const images = await descend(model, batch, classes, settings, randomStart ? 0 : undefined);
  if (restarts === 1) return { images, queries };
  const best = await judge(model, images, batch, classes, targeted !== undefined);
  for (let restart = 1; restart < restarts; restart++) {
    const others = await descend(model, batch, classes, settings, restart);
    const outcomes = await judge(model, others, batch, classes, targeted !== undefined);
    outcomes.forEach((outcome, i) => {
      if (!isWorse(outcome, best[i]!)) return;
      best[i] = outcome;
      images.set(others.subarray(i * length, (i + 1) * length), i * length);
    });
  }
  return { images, queries };
}
