import { type ImageBatch, mapClasses, outcomesOf, type PlannedTest } from '@mfm/robustness';
import { chooseSubset } from '../../features/seeded-subset.ts';
import { makeAttackExamples, makeExamples } from '../../robustness-report/make-examples.ts';
import type { ReportPictures } from '../../robustness-report/report-pictures.ts';
import type { Part } from '../model-and-data.ts';
import { readImages } from './read-images.ts';
import type { SuiteModel } from './robustness-section.ts';
import type { ModelGroup } from './run-suite.ts';
import type { SuiteArguments } from './suite-arguments.ts';

/** Images shown for each attack. */
const ATTACKED = 3;

/**
 * Makes the report's pictures of a group's tests anew: outcomes are kept, images are not.
 *
 * @param planned the tests, while what they hold is open
 */
export async function collectPictures(
  planned: readonly PlannedTest[],
  group: ModelGroup,
  { dataset, subset }: Part,
  args: SuiteArguments,
): Promise<ReportPictures> {
  const places = chooseSubset(subset.length, ATTACKED, args.seed, 'pictures');
  const chosen = places.map((place) => subset[place]!);
  const batch = await readImages(dataset, chosen, group.transform, args.workers);
  const first: ImageBatch = {
    ...batch,
    images: batch.images.subarray(0, batch.images.length / batch.shape[0]),
    shape: [1, ...batch.shape.slice(1)] as unknown as ImageBatch['shape'],
    labels: batch.labels.subarray(0, 1),
    indices: batch.indices.subarray(0, 1),
  };
  const shared = planned.filter(({ test }) => test.section !== 'attack').map(({ test }) => test);
  const attacks: { model: string; attack: string; examples: Awaited<ReturnType<typeof makeAttackExamples>> }[] = [];
  for (const { test, subjects } of planned.filter((own) => own.test.section === 'attack')) {
    for (const { classifier } of subjects) {
      const model = classifier as SuiteModel;
      const classMap = mapClasses(dataset.classes, model.classes, dataset.name);
      const nameOf = new Map(Array.from(classMap.targets, (target, own) => [target, dataset.classes[own]!]));
      const examples = await makeAttackExamples(test, batch, {
        nameOf: (label) => dataset.classes[label] ?? `class ${label}`,
        nameOfPrediction: (predicted) => nameOf.get(predicted) ?? `class ${predicted}`,
        classify: async (images) =>
          outcomesOf(await model.scores(images), new Int32Array(images.shape[0]), classMap).predicted,
      });
      attacks.push({ model: model.name, attack: test.id.replace(/^attack\//, ''), examples });
    }
  }
  return { ...(await makeExamples(shared, first)), ...(attacks.length > 0 && { attacks }) };
}

/** Pictures of several groups: examples of the first, attacks of all. */
export function joinPictures(all: readonly ReportPictures[]): ReportPictures {
  const attacks = all.flatMap((own) => own.attacks ?? []);
  return { ...all[0], ...(attacks.length > 0 && { attacks }) };
}
