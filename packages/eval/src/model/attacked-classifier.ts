import { UserError } from '@mfm/cli';
import { createRandom } from '@mfm/data';
import type { FloatClassifier, GradientClassifier, ImageShape, TestBatch } from '@mfm/robustness';
import { type GradientModel, usualBatch } from './gradient-model.ts';
import type { Preprocessing } from './preprocessing.ts';

/** What an attack needs of a classifier that was opened for evaluation. */
export interface ScoredModel {
  readonly path: string;
  readonly preprocessing: Preprocessing;
  readonly metadata: Readonly<Record<string, string>>;
  /** K, the number of scores per image. */
  readonly classes: number;
  scores(batch: TestBatch): Promise<Float32Array>;
}

/**
 * A classifier as attacks without gradients see it.
 *
 * @throws UserError for one that is fed with bytes: the small changes that attacks make would be rounded away
 */
export function floatClassifier({ path, preprocessing, classes, scores }: ScoredModel): FloatClassifier {
  if (preprocessing.encoding === 'pixels') {
    throw new UserError(
      `--attacks: ${path} must take float32 images, got uint8 pixels, which round an attack away. Export it without --normalize.`,
    );
  }
  return {
    classes,
    batchSize: usualBatch(preprocessing.imageSize),
    async logits(images, shape) {
      const batchSize = usualBatch(preprocessing.imageSize);
      const [count, , height, width] = shape;
      const length = 3 * height * width;
      const logits = new Float32Array(count * classes);
      for (let from = 0; from < count; from += batchSize) {
        const to = Math.min(count, from + batchSize);
        const part: TestBatch = {
          kind: 'images',
          images: images.subarray(from * length, to * length),
          shape: [to - from, 3, height, width],
          labels: new Int32Array(to - from),
          indices: new Int32Array(to - from),
        };
        logits.set(await scores(part), from * classes);
      }
      return logits;
    },
  };
}

/** Images on which a classifier and a model of gradients are compared. */
const PROBES = 2;

/** Share of the largest score by which the two may differ: float32 rounding through a network, and no more. */
const TOLERANCE = 1e-3;

const KEYS = {
  source_sha256: 'the checkpoint they were written from (sha256)',
  source_weights: 'the parameters (moving average or not)',
} as const;

/** The first thing on which the two files' metadata contradict each other. */
function contradiction(model: ScoredModel, gradients: GradientModel): string | undefined {
  const facts: [string, unknown, unknown][] = [
    ['the number of classes', model.classes, gradients.classes],
    ['the image size', model.preprocessing.imageSize, gradients.preprocessing.imageSize],
  ];
  if (model.metadata.source_sha256 !== undefined && gradients.metadata.source_sha256 !== undefined) {
    for (const [key, what] of Object.entries(KEYS)) facts.push([what, model.metadata[key], gradients.metadata[key]]);
  }
  const found = facts.find(([, a, b]) => a !== b);
  const short = (value: unknown) => (value === undefined ? 'none' : String(value).slice(0, 12));
  return found && `${found[0]}: ${short(found[1])} and ${short(found[2])}`;
}

async function largestDifference(
  model: FloatClassifier,
  gradients: GradientModel,
): Promise<{ difference: number; largest: number }> {
  const { imageSize } = gradients.preprocessing;
  const random = createRandom(0, 'gradient probe');
  const images = Float32Array.from({ length: PROBES * 3 * imageSize ** 2 }, () => random.uniform());
  const shape: ImageShape = [PROBES, 3, imageSize, imageSize];
  const [a, b] = [await model.logits(images, shape), await gradients.logits(images, shape)];
  let [difference, largest] = [0, 0];
  a.forEach((score, i) => {
    difference = Math.max(difference, Math.abs(score - b[i]!));
    largest = Math.max(largest, Math.abs(score));
  });
  return { difference, largest };
}

/**
 * A classifier with the gradients of another file, after checking that the two are one model: classes, image size, the checkpoint's hash where both
 * tell it, and scores on two made-up images.
 *
 * @param warn told where the files are of one checkpoint and yet do not agree: the classifier is in reduced precision
 * @throws UserError when they are not one model
 */
export async function attackedClassifier(
  model: ScoredModel,
  gradients: GradientModel,
  warn: (message: string) => void = () => {},
): Promise<GradientClassifier> {
  const classifier = floatClassifier(model);
  const refuse = (why: string) =>
    new UserError(
      `--gradient-model: ${gradients.path} must be the gradients of ${model.path}, got other values for ${why}. ` +
        'Export both from one checkpoint, with --head classifier and --head gradient.',
    );
  const problem = contradiction(model, gradients);
  if (problem !== undefined) throw refuse(problem);
  const { difference, largest } = await largestDifference(classifier, gradients);
  if (!(difference <= TOLERANCE * largest)) {
    if (model.metadata.source_sha256 === undefined || gradients.metadata.source_sha256 === undefined) {
      throw refuse(`the scores of one image: they differ by ${difference.toPrecision(2)}`);
    }
    warn(
      `${model.path} and ${gradients.path} are of one checkpoint, but their scores differ by ${difference.toPrecision(2)} (precision ` +
        `${model.metadata.precision ?? 'unknown'}): attacks follow the gradients of the second and are judged on the first.`,
    );
  }
  return { ...classifier, batchSize: gradients.batchSize, gradient: gradients.gradient };
}
