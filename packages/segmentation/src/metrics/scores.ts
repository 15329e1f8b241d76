import type { Confusion } from './confusion.ts';

/** One class, over all images. */
export interface ClassScores {
  /** Pixels of the class, pixels predicted as it (where there is a true class), and pixels that are both. */
  readonly labelled: number;
  readonly predicted: number;
  readonly intersection: number;
  /** intersection / union; undefined for a class that is neither labelled nor predicted. */
  readonly iou: number | undefined;
  /** intersection / labelled (recall); undefined for a class that is not labelled. */
  readonly accuracy: number | undefined;
}

/** All in [0, 1]. */
export interface SegmentationScores {
  /** Mean IoU over the classes that are labelled or predicted, as mmsegmentation has it. */
  readonly mIoU: number;
  /** Mean IoU over all classes, absent ones counting 0, as CSAILVision/sceneparsing has it. */
  readonly mIoUOfAll: number;
  /** Mean accuracy over the classes that are labelled. */
  readonly meanAccuracy: number;
  /** Share of the labelled pixels that are right. */
  readonly pixelAccuracy: number;
  readonly classes: readonly ClassScores[];
}

const present = (values: readonly (number | undefined)[]): number[] => values.filter((value) => value !== undefined);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
/** 0 of nothing. */
const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/**
 * The scores of a confusion matrix: intersections and unions are summed up over images first, then divided (Everingham et al. 2010; Long et
 * al. 2015).
 */
export function segmentationScores({ classCount, counts }: Confusion): SegmentationScores {
  const at = (label: number, guess: number) => counts[label * (classCount + 1) + guess]!;
  const all = Array.from({ length: classCount }, (_, k) => k);
  const classes = all.map((k): ClassScores => {
    const labelled = sum(Array.from({ length: classCount + 1 }, (_, guess) => at(k, guess)));
    const predicted = sum(all.map((label) => at(label, k)));
    const intersection = at(k, k);
    const union = labelled + predicted - intersection;
    return {
      ...{ labelled, predicted, intersection },
      iou: union === 0 ? undefined : intersection / union,
      accuracy: labelled === 0 ? undefined : intersection / labelled,
    };
  });
  const ious = present(classes.map(({ iou }) => iou));
  const accuracies = present(classes.map(({ accuracy }) => accuracy));
  return {
    mIoU: share(sum(ious), ious.length),
    mIoUOfAll: share(sum(ious), classCount),
    meanAccuracy: share(sum(accuracies), accuracies.length),
    pixelAccuracy: share(
      sum(classes.map(({ intersection }) => intersection)),
      sum(classes.map(({ labelled }) => labelled)),
    ),
    classes,
  };
}
