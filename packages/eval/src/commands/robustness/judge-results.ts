import {
  bootstrapAccuracies,
  correctness,
  type Interval,
  percentileInterval,
  type Summary,
  summarise,
  type TestResult,
} from '@mfm/robustness';

/** One test of one model with its figures. */
export interface Judged {
  readonly result: TestResult;
  /** Name of the model. */
  readonly model: string;
  readonly summary: Summary;
  /** 1 where an image was answered right. */
  readonly right: Uint8Array;
  /** Accuracy in each resample of its data set's images; the same resamples for every test of the set and every model. */
  readonly resampled: Float64Array | undefined;
}

/** Tests of the same images: only of them resamples can be shared. */
const imagesOf = ({ result: { id, test }, right }: Omit<Judged, 'resampled'>) =>
  `${id.slice(0, id.length - test.id.length)} ${right.length}`;

/**
 * Reads the outcomes of every result once and makes all figures of them.
 *
 * @param resamples number of resamples for intervals, 0 for none
 */
export async function judgeResults(
  results: readonly TestResult[],
  { resamples, seed }: { readonly resamples: number; readonly seed: number },
): Promise<Judged[]> {
  const judged: Omit<Judged, 'resampled'>[] = [];
  for (const result of results) {
    const outcomes = await result.outcomes();
    judged.push({
      ...{ result, model: result.classifier.name, summary: summarise(outcomes), right: correctness(outcomes) },
    });
  }
  const groups = new Map<string, Omit<Judged, 'resampled'>[]>();
  for (const own of judged) groups.set(imagesOf(own), [...(groups.get(imagesOf(own)) ?? []), own]);
  const resampled = new Map<Omit<Judged, 'resampled'>, Float64Array>();
  for (const group of groups.values()) {
    if (resamples === 0) break;
    const rows = group.map(({ right }) => right);
    const replicates = bootstrapAccuracies(rows, resamples, seed);
    for (const [row, own] of group.entries())
      resampled.set(
        own,
        Float64Array.from(replicates, (all) => all[row]!),
      );
  }
  return judged.map((own) => ({ ...own, resampled: resampled.get(own) }));
}

/** 95 % interval of a figure over resamples, as an optional field of the document. */
export function intervalField<K extends string>(
  name: K,
  values: ArrayLike<number> | undefined,
): Partial<Record<K, Interval>> {
  return values && values.length > 0 ? ({ [name]: percentileInterval(values) } as Partial<Record<K, Interval>>) : {};
}
