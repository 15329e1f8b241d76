import { UserError } from '@mfm/cli';

/** What came of each image of a test: one entry per image. */
export interface Outcomes {
  /** Class with the largest score, in the model's order. */
  readonly predicted: Int32Array;
  /** True class, in the model's order. */
  readonly labels: Int32Array;
  /** 1 where the true class is among the five largest scores. */
  readonly top5: Uint8Array;
  /** Probability of the predicted class. */
  readonly confidence: Float32Array;
  /** Negative log-likelihood of the true class, in nats. */
  readonly nll: Float32Array;
  /** Brier score: Σ over classes of (probability − truth)², in [0, 2]. */
  readonly brier: Float32Array;
  /** Further figures of the test (see `TestBatch`), `[images · k]`. */
  readonly measured?: Readonly<Record<string, Float32Array>>;
}

/** How the classes of a data set lie among those of a model. */
export interface ClassMap {
  /** For each class of the data set, the model's. */
  readonly targets: Int32Array;
  /** The model's classes among which the largest score is sought, ascending; undefined for all. ImageNet-A and -R have 200 of 1000. */
  readonly among?: Int32Array | undefined;
}

/**
 * Turns scores into outcomes. Probabilities are the softmax of the scores (over `among`), in float64. Of equal scores the lower class comes first.
 *
 * @param scores float32 `[N, K]`
 * @param labels classes of the data set `[N]`
 * @throws UserError for a score that is not finite
 * @throws Error when there is not a score for each class of each image
 */
export function outcomesOf(scores: Float32Array, labels: Int32Array, { targets, among }: ClassMap): Outcomes {
  const count = labels.length;
  const width = scores.length / count;
  const needed = 1 + targets.reduce((largest, target) => Math.max(largest, target), 0);
  if (count === 0 || !Number.isInteger(width) || width < needed) {
    throw new Error(
      `outcomesOf: scores must be one for each of at least ${needed} classes of ${count} images, got ${scores.length} values.`,
    );
  }
  const candidates = among ?? Int32Array.from({ length: width }, (_, k) => k);
  const outcomes = emptyOutcomes(count);
  for (let i = 0; i < count; i++)
    judge(scores.subarray(i * width, (i + 1) * width), candidates, targets[labels[i]!]!, i, outcomes);
  return outcomes;
}

function emptyOutcomes(count: number): Outcomes {
  return {
    predicted: new Int32Array(count),
    labels: new Int32Array(count),
    top5: new Uint8Array(count),
    confidence: new Float32Array(count),
    nll: new Float32Array(count),
    brier: new Float32Array(count),
  };
}

function judge(row: Float32Array, candidates: Int32Array, label: number, i: number, outcomes: Outcomes): void {
  const own = row[label]!;
  let [best, rank] = [candidates[0]!, 0];
  for (const k of candidates) {
    const score = row[k]!;
    if (!Number.isFinite(score)) {
      throw new UserError(
        `outcomesOf: scores must be finite, got ${score}. The model is broken, or its training diverged.`,
      );
    }
    if (score > row[best]!) best = k;
    if (score > own || (score === own && k < label)) rank++;
  }
  let [sum, squares] = [0, 0];
  const top = row[best]!;
  for (const k of candidates) {
    const power = Math.exp(row[k]! - top);
    sum += power;
    squares += power * power;
  }
  const right = Math.exp(own - top) / sum;
  outcomes.predicted[i] = best;
  outcomes.labels[i] = label;
  outcomes.top5[i] = rank < 5 ? 1 : 0;
  outcomes.confidence[i] = 1 / sum;
  outcomes.nll[i] = Math.log(sum) + top - own;
  // Σ p² − 2 p_label + 1.
  outcomes.brier[i] = squares / (sum * sum) - 2 * right + 1;
}

/** Which answers are right: 1 or 0 per image. */
export function correctness({ predicted, labels }: Outcomes): Uint8Array {
  return Uint8Array.from(labels, (label, i) => (predicted[i] === label ? 1 : 0));
}

const FIELDS = ['predicted', 'labels', 'top5', 'confidence', 'nll', 'brier'] as const;

function join<T extends Int32Array | Uint8Array | Float32Array>(parts: readonly T[]): T {
  const whole = new (parts[0]!.constructor as new (length: number) => T)(
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}

/** Outcomes of consecutive images as one. */
export function joinOutcomes(parts: readonly Outcomes[]): Outcomes {
  if (parts.length === 0) return emptyOutcomes(0);
  const fields = Object.fromEntries(FIELDS.map((field) => [field, join(parts.map((part) => part[field]))]));
  const { measured } = parts[0]!;
  const further = Object.keys(measured ?? {}).map((name) => [name, join(parts.map((part) => part.measured![name]!))]);
  return { ...(fields as unknown as Outcomes), ...(measured && { measured: Object.fromEntries(further) }) };
}
