import { createRandom } from '@mfm/data';
import {
  bandCentres,
  CORRUPTIONS,
  filterRadii,
  type HeatMap,
  type ModelSummary,
  type RingError,
  ringCount,
  SEVERITIES,
  type SuiteDocument,
  type TestSummary,
} from '@mfm/robustness';

const SIDE = 32;
const IMAGES = 2000;

/** A model's made-up figures: the shape of a real document with numbers that look plausible, for tests of the page alone. */
function exampleModel(name: string, seed: number, clean: number): ModelSummary {
  const random = createRandom(seed, 'example report');
  const test = (
    id: string,
    section: TestSummary['section'],
    top1: number,
    rest: Partial<TestSummary> = {},
  ): TestSummary => ({
    ...{ id, section, settings: {}, images: IMAGES, top1, top5: Math.min(1, top1 + 0.2) },
    interval: [Math.max(0, top1 - 0.02), Math.min(1, top1 + 0.02)],
    ...{ nll: 2 * (1 - top1), brier: 1.2 * (1 - top1), ece: 0.1 * random.uniform() },
    ...rest,
  });
  const corruptions = CORRUPTIONS.map(({ name: corruption, category, extra }) => {
    const slope = random.uniform(0.03, 0.12);
    const severities = SEVERITIES.map((severity) => {
      const accuracy = Math.max(0.1, clean - slope * severity);
      return { severity, accuracy, error: 1 - accuracy };
    });
    const accuracy = severities.reduce((sum, score) => sum + score.accuracy, 0) / severities.length;
    return { name: corruption, category, extra, severities, accuracy, error: 1 - accuracy };
  });
  const mean = corruptions.reduce((sum, { accuracy }) => sum + accuracy, 0) / corruptions.length;
  const spectrum = Array.from({ length: ringCount(SIDE) }, (_, ring) => (ring + 1) * Math.exp(-ring / (4 + 2 * seed)));
  const passes = ['low-pass', 'high-pass', 'high-pass-mean'] as const;
  return {
    ...{ name, path: `runs/${name}`, sha256: String(seed).repeat(64).slice(0, 64) },
    preprocessing: { imageSize: SIDE, resize: SIDE, interpolation: 'bicubic', mean: [0.5, 0.5, 0.5] },
    tests: [
      test('clean', 'clean', clean),
      ...corruptions.flatMap(({ name: corruption, severities }) =>
        severities.map(({ severity, accuracy }) =>
          test(`corruption/${corruption}/${severity}`, 'corruption', accuracy),
        ),
      ),
      test('attack/fgsm', 'attack', clean * 0.6, {
        settings: { epsilon: 1 / 255, norm: 'linf' },
        measured: { spectrum },
      }),
      test('attack/pgd', 'attack', clean * 0.3, {
        settings: { epsilon: 1 / 255, stepSize: 0.5 / 255, steps: 5, norm: 'linf' },
        measured: { spectrum, queries: [5] },
      }),
      ...passes.flatMap((pass) =>
        filterRadii(SIDE).map((radius) => {
          const share = radius / 16;
          return test(
            `${pass}/disc/${radius}`,
            'frequency',
            0.1 + (clean - 0.1) * (pass === 'low-pass' ? share : 1 - share),
          );
        }),
      ),
      test('critical-band/no-noise', 'frequency', clean * 0.8),
      ...bandCentres(SIDE).flatMap((centre, i) =>
        [0.02, 0.04, 0.08, 0.16].map((deviation) =>
          test(
            `critical-band/${centre}/${deviation}`,
            'frequency',
            clean * (0.8 - deviation * 3 * Math.exp(-((i - 2) ** 2))),
          ),
        ),
      ),
    ],
    corruptions: {
      corruption: {
        ...{ corruptions, mean: { accuracy: mean, error: 1 - mean } },
        errors: {
          baseline: 'AlexNet',
          ce: Object.fromEntries(corruptions.map(({ name: corruption, error }) => [corruption, error / 0.8])),
          relativeCE: Object.fromEntries(corruptions.map(({ name: corruption, error }) => [corruption, error])),
          ...{ mCE: (1 - mean) / 0.8, relativeMCE: 1 - mean, partial: CORRUPTIONS.length < 19 },
        },
      },
    },
    calibration: {
      clean: Array.from({ length: 15 }, (_, i) => ({
        ...{ low: i / 15, high: (i + 1) / 15, images: i > 2 ? 10 * i : 0 },
        ...{ confidence: (i + 0.5) / 15, accuracy: Math.max(0, (i + 0.5) / 15 - 0.02 * seed) },
      })),
    },
    heatMap: exampleMap(seed, clean),
  };
}

function exampleMap(seed: number, clean: number): HeatMap {
  const random = createRandom(seed, 'example map');
  const errors = Array.from({ length: SIDE * SIDE }, (_, i) => {
    const distance = Math.hypot(Math.floor(i / SIDE) - SIDE / 2, (i % SIDE) - SIDE / 2);
    return Math.min(1, 1 - clean + 0.4 * Math.exp(-((distance - 4 - 2 * seed) ** 2) / 40) + 0.05 * random.uniform());
  });
  return { size: SIDE, norm: 4, seed: 0, images: 100, cleanError: 1 - clean, errors };
}

const exampleRings = (relative: (ring: number) => number, inputRelative: (ring: number) => number): RingError[] =>
  Array.from({ length: ringCount(SIDE) }, (_, ring) => ({
    ...{ ring, relative: relative(ring), inputRelative: inputRelative(ring), psnr: 20 + ring },
  }));

/** A document with every part of the report, of `count` models. */
export function exampleDocument(count = 2): SuiteDocument {
  const names = [
    'mfm-fine-tuned.onnx',
    'scratch.onnx',
    'deblur-fine-tuned.onnx',
    'denoise.onnx',
    'super-resolution.onnx',
  ];
  const models = names.slice(0, count).map((name, i) => exampleModel(name, i + 1, 0.82 - 0.06 * i));
  return {
    command: 'robustness',
    data: { name: 'cifar10 test', images: IMAGES, classes: ['airplane', 'automobile', 'bird'] },
    settings: { seed: 0, device: 'cpu', severities: [1, 2, 3, 4, 5], frequency: ['heatmap', 'low-pass'] },
    models,
    comparisons: models.slice(1).map(({ name }, i) => ({
      ...{ test: 'clean', a: models[0]!.name, b: name, onlyA: 180 + 10 * i, onlyB: 60, p: i === 0 ? 1e-9 : 0.0213 },
      ...{ method: 'chi-square' as const, difference: (120 + 10 * i) / IMAGES, interval: [0.04, 0.08] as const },
    })),
    ringErrors: [
      {
        ...{ path: 'runs/reconstruct.onnx', images: 100, radius: 4 },
        rings: {
          'low-pass': exampleRings(
            (ring) => ring / 25,
            (ring) => (ring < 4 ? 0 : 1),
          ),
          'high-pass': exampleRings(
            (ring) => 1 - ring / 25,
            (ring) => (ring < 4 ? 1 : 0),
          ),
        },
      },
    ],
    badSamples: [],
  };
}
