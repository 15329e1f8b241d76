import {
  type BaselineErrors,
  type ModelSummary,
  mcNemar,
  type PairedComparison,
  type SuiteDocument,
  type TestSummary,
} from '@mfm/robustness';
import { corruptionReports } from './corruption-reports.ts';
import { intervalField, type Judged } from './judge-results.ts';
import type { SuiteModel } from './robustness-section.ts';

/** A test's part of the document. */
function testSummary({ result: { id, test }, summary, resampled }: Judged): TestSummary {
  const { images, top1, top5, nll, brier, ece, measured } = summary;
  return {
    ...{ id, section: test.section, settings: test.settings ?? {}, images, top1, top5 },
    ...intervalField('interval', resampled),
    ...{ nll, brier, ece },
    ...(measured && { measured }),
  };
}

/** A model's part of the document. */
export function modelSummary(
  model: SuiteModel,
  all: readonly Judged[],
  baseline: { readonly errors: BaselineErrors; readonly given: boolean },
): ModelSummary {
  const judged = all.filter((own) => own.model === model.name);
  // Reliability diagrams of thousands of corruptions would be most of the document.
  const shown = judged.filter(({ result }) => result.test.section === 'clean' || result.test.section === 'attack');
  return {
    ...{ name: model.name, path: model.path, sha256: model.hash, preprocessing: { ...model.preprocessing } },
    tests: judged.map(testSummary),
    corruptions: corruptionReports(judged, model.classes, baseline),
    calibration: Object.fromEntries(shown.map(({ result, summary }) => [result.id, summary.calibration])),
  };
}

/** Every two models on every test that both took on the same images. */
export function compareModels(judged: readonly Judged[]): PairedComparison[] {
  const byTest = new Map<string, Judged[]>();
  for (const own of judged) byTest.set(own.result.id, [...(byTest.get(own.result.id) ?? []), own]);
  const comparisons: PairedComparison[] = [];
  for (const [test, takers] of byTest) {
    for (const [i, a] of takers.entries()) {
      for (const b of takers.slice(i + 1)) {
        if (a.right.length !== b.right.length) continue;
        const { onlyFirst, onlySecond, pValue, method } = mcNemar(a.right, b.right);
        const differences = a.resampled?.map((accuracy, r) => accuracy - b.resampled![r]!);
        comparisons.push({
          ...{ test, a: a.model, b: b.model, onlyA: onlyFirst, onlyB: onlySecond, p: pValue, method },
          difference: a.summary.top1 - b.summary.top1,
          ...intervalField('interval', differences),
        });
      }
    }
  }
  return comparisons;
}

/** The whole document but for what drivers of their own add to the models. */
export function makeDocument(
  models: readonly SuiteModel[],
  judged: readonly Judged[],
  baseline: { readonly errors: BaselineErrors; readonly given: boolean },
  rest: Pick<SuiteDocument, 'data' | 'settings' | 'badSamples'>,
): SuiteDocument {
  return {
    command: 'robustness',
    ...rest,
    models: models.map((model) => modelSummary(model, judged, baseline)),
    comparisons: compareModels(judged),
  };
}
