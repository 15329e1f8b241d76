import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@mfm/cli';
import { decodeMask, toClasses } from '@mfm/data';
import { countPixels, createConfusion, type PixelCount } from '../metrics/confusion.ts';
import { type SegmentationScores, segmentationScores } from '../metrics/scores.ts';

/** Scores of a set of predictions by the reference implementation (CSAILVision/sceneparsing). */
interface GoldenScores {
  per_image: { pixel_accuracy: number; pixel_correct: number; pixel_labeled: number; total_pixels: number }[];
  pixel_accuracy: number;
  iou_by_class: number[];
  area_intersection: number[];
  area_union: number[];
  mean_iou_150: number;
  mean_iou_present: number;
  /** From 1. */
  classes_present: number[];
}

/** The folder of each set of predictions, by its name in the golden file. */
const PREDICTIONS: Readonly<Record<string, string>> = {
  shipped_predictions: 'predictions',
  shifted_predictions: 'predictions_shifted',
  perturbed_predictions: 'predictions_perturbed',
};

const GOLDEN_FILE = 'golden_metrics.json';
/** Counts must be equal; fractions of them may differ by rounding, and by the machine epsilon that the reference adds to unions. */
const TOLERANCE = 1e-12;

/** How one set of predictions compares. */
export interface ScoreLine {
  readonly name: string;
  readonly numbers: number;
  /** Largest difference of any number. */
  readonly worst: number;
  readonly passed: boolean;
  readonly scores: SegmentationScores;
}

const LABELLING = { classCount: 150, reduceZeroLabel: true };

async function readClasses(path: string): Promise<Uint8Array> {
  return toClasses(decodeMask(await readFile(path), path), LABELLING, path);
}

function differences(golden: GoldenScores, images: (PixelCount & { total: number })[], scores: SegmentationScores) {
  const { classes } = scores;
  const pairs: (readonly [number, number])[] = [
    ...images.flatMap(({ correct, labelled, total }, i) => {
      const of = golden.per_image[i]!;
      return [
        [correct, of.pixel_correct],
        [labelled, of.pixel_labeled],
        [total, of.total_pixels],
        [correct / labelled, of.pixel_accuracy],
      ] as const;
    }),
    ...classes.flatMap(({ intersection, labelled, predicted, iou = 0 }, k) => [
      [intersection, golden.area_intersection[k]!] as const,
      [labelled + predicted - intersection, golden.area_union[k]!] as const,
      [iou, golden.iou_by_class[k]!] as const,
    ]),
    [scores.pixelAccuracy, golden.pixel_accuracy],
    [scores.mIoUOfAll, golden.mean_iou_150],
    [scores.mIoU, golden.mean_iou_present],
    ...classes.map(
      ({ iou }, k) => [iou === undefined ? 0 : 1, golden.classes_present.includes(k + 1) ? 1 : 0] as const,
    ),
  ];
  return pairs.map(([ours, theirs]) => Math.abs(ours - theirs));
}

/**
 * Compares scores with those of the reference implementation, for every set of predictions.
 *
 * @param folder with `golden_metrics.json`, `annotations/` and the folders of predictions
 * @throws UserError when a file is missing
 */
export async function* scoreConformance(folder: string): AsyncGenerator<ScoreLine> {
  let golden: Record<string, GoldenScores>;
  let names: string[];
  try {
    golden = JSON.parse(await readFile(join(folder, GOLDEN_FILE), 'utf8')) as Record<string, GoldenScores>;
    names = (await readdir(join(folder, 'annotations'))).sort();
  } catch {
    throw new UserError(
      `conformance: the folder must have a readable ${GOLDEN_FILE} and annotations, got "${folder}". Correct the path.`,
    );
  }
  for (const [name, predictions] of Object.entries(PREDICTIONS)) {
    const confusion = createConfusion(LABELLING.classCount);
    const images: (PixelCount & { total: number })[] = [];
    for (const file of names) {
      const [labels, predicted] = await Promise.all(
        ['annotations', predictions].map((part) => readClasses(join(folder, part, file))),
      );
      images.push({ ...countPixels(confusion, labels!, predicted!), total: labels!.length });
    }
    const scores = segmentationScores(confusion);
    const found = differences(golden[name]!, images, scores);
    const worst = Math.max(...found);
    // NaN, of a number that the golden file lacks, passes nothing.
    yield { name, numbers: found.length, worst, passed: found.every((difference) => difference <= TOLERANCE), scores };
  }
}
