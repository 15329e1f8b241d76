import { type BaselineErrors, type CorruptionReport, corruptionErrors, corruptionScores, score } from '@mfm/robustness';
import { intervalField, type Judged } from './judge-results.ts';

/** Classes of ImageNet, for which AlexNet's errors were measured. */
const IMAGENET_CLASSES = 1000;

/** Where corruptions come from: made in memory, or published. */
const SOURCES = ['corruption', 'imagenet-c', 'cifar10-c'] as const;

/** Accuracies by test id. */
const accuraciesOf = (judged: readonly Judged[], value: (own: Judged) => number) =>
  new Map(judged.map((own) => [own.result.id, value(own)]));

/** A figure of every resample; nothing where tests were not resampled alike. */
function overResamples(
  judged: readonly Judged[],
  figure: (accuracies: ReadonlyMap<string, number>) => number,
): Float64Array | undefined {
  const count = judged[0]?.resampled?.length ?? 0;
  if (
    count === 0 ||
    judged.some(({ resampled, right }) => resampled?.length !== count || right.length !== judged[0]!.right.length)
  ) {
    return undefined;
  }
  return Float64Array.from({ length: count }, (_, r) =>
    figure(accuraciesOf(judged, ({ resampled }) => resampled![r]!)),
  );
}

/**
 * One model's accuracies under each set of corruptions, with mCE where it means something.
 *
 * @param judged the model's tests
 * @param classes number of the model's classes
 * @param baseline errors to divide by; `given` if the user chose them
 */
export function corruptionReports(
  judged: readonly Judged[],
  classes: number,
  { errors: baseline, given }: { readonly errors: BaselineErrors; readonly given: boolean },
): Record<string, CorruptionReport> {
  const cleanTest = judged.find(({ result }) => result.id === 'clean');
  const clean = score(cleanTest?.summary.top1 ?? Number.NaN);
  const reports: Record<string, CorruptionReport> = {};
  for (const source of SOURCES) {
    const prefix = `${source}/`;
    const own = judged.filter(({ result }) => result.id.startsWith(prefix));
    if (own.length === 0) continue;
    const scores = corruptionScores(
      accuraciesOf(own, ({ summary }) => summary.top1),
      prefix,
    );
    const means = overResamples(own, (accuracies) => corruptionScores(accuracies, prefix).mean.accuracy);
    const hasErrors = given || (classes === IMAGENET_CLASSES && source !== 'cifar10-c');
    const errorsOf = (accuracies: ReadonlyMap<string, number>) =>
      corruptionErrors({ clean, ...corruptionScores(accuracies, prefix) }, baseline);
    reports[source] = {
      ...scores,
      ...intervalField('meanInterval', means),
      ...(hasErrors && {
        errors: corruptionErrors({ clean, ...scores }, baseline),
        ...intervalField(
          'mCEInterval',
          overResamples(own, (accuracies) => errorsOf(accuracies).mCE),
        ),
      }),
    };
  }
  return reports;
}
