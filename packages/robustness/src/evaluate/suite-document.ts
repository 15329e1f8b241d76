import type { HeatMap } from '../frequency/heat-map.ts';
import type { RingError } from '../frequency/ring-error.ts';
import type { CorruptionErrors } from '../mce/corruption-error.ts';
import type { CorruptionScores } from './robustness-result.ts';
import type { TestSection } from './test-case.ts';

/** What one test of one model came to; fractions in [0, 1]. */
export interface TestSummary {
  /** With its data set's prefix: `clean`, `corruption/fog/3`, `imagenet-c/fog/3`, `imagenet-a/clean`, `attack/pgd`, `low-pass/disc/16`. */
  readonly id: string;
  readonly section: TestSection;
  /** What the test depends on (ε, steps, seed, …). */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly images: number;
  readonly top1: number;
  readonly top5: number;
  /** 95 % bootstrap interval of top1. */
  readonly interval?: readonly [low: number, high: number];
  /** Mean negative log-likelihood of the true class, in nats. */
  readonly nll: number;
  /** Mean Brier score, in [0, 2]. */
  readonly brier: number;
  /** Expected calibration error. */
  readonly ece: number;
  /** Means over the images of what the test measured on its way: one value or `[k]`, such as the spectrum of a perturbation. */
  readonly measured?: Readonly<Record<string, readonly number[]>>;
}

/** Accuracies under one set of corruptions. */
export interface CorruptionReport extends CorruptionScores {
  /** 95 % bootstrap interval of the mean accuracy. */
  readonly meanInterval?: readonly [low: number, high: number];
  /** Relative to a baseline, of a model with ImageNet's classes or where one was given. */
  readonly errors?: CorruptionErrors;
  /** 95 % bootstrap interval of errors.mCE. */
  readonly mCEInterval?: readonly [low: number, high: number];
}

/** A bin of the reliability diagram. */
export interface CalibrationBin {
  readonly low: number;
  readonly high: number;
  readonly images: number;
  /** Mean confidence and accuracy of its images; 0 where it has none. */
  readonly confidence: number;
  readonly accuracy: number;
}

/** Everything about one model. */
export interface ModelSummary {
  /** Short and unique among the models: the file's name. */
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  /** How images were prepared for it. */
  readonly preprocessing: Readonly<Record<string, unknown>>;
  readonly tests: readonly TestSummary[];
  /** Accuracy and errors under corruptions, by where they come from: `corruption` in memory, `imagenet-c`, `cifar10-c` published. */
  readonly corruptions: Readonly<Record<string, CorruptionReport>>;
  /** Reliability on clean images, and on others by test id. */
  readonly calibration: Readonly<Record<string, readonly CalibrationBin[]>>;
  readonly heatMap?: HeatMap;
}

/** How well a reconstruction model restores each ring of the spectrum. */
export interface RingErrorReport {
  readonly path: string;
  readonly images: number;
  /** Radius of the masks in cycles per image. */
  readonly radius: number;
  /** The model was given low frequencies and restored high ones (`low-pass`), and the other way round. */
  readonly rings: Readonly<Record<'low-pass' | 'high-pass', readonly RingError[]>>;
}

/** Two models on the same images (McNemar's test). */
export interface PairedComparison {
  readonly test: string;
  /** Names of the models. */
  readonly a: string;
  readonly b: string;
  /** Images that a alone, and b alone, got right. */
  readonly onlyA: number;
  readonly onlyB: number;
  /** Two-sided p value, and which form of the test gave it. */
  readonly p: number;
  readonly method: 'exact' | 'chi-square';
  /** Accuracy of a less that of b, with its 95 % interval of resamples of the same images. */
  readonly difference: number;
  readonly interval?: readonly [low: number, high: number];
}

/** What `pnpm eval robustness --json` prints, and all the numbers that the report shows. */
export interface SuiteDocument {
  readonly command: 'robustness';
  readonly data: {
    readonly name: string;
    readonly images: number;
    readonly classes: readonly string[];
    /** Further data sets (ImageNet-A, …) by prefix. */
    readonly others?: Readonly<Record<string, string>>;
  };
  /** As resolved: seed, device, options of every section. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly models: readonly ModelSummary[];
  readonly comparisons: readonly PairedComparison[];
  /** Of each reconstruction model given with `--reconstruction-model`. */
  readonly ringErrors?: readonly RingErrorReport[];
  readonly badSamples: readonly { readonly file: string; readonly reason: string }[];
}
