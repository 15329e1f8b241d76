import type { Dataset, TransformSpec } from '@mfm/data';
import type { Severity } from '../corruption/corruption.ts';
import type { ClassMap } from '../evaluate/outcomes.ts';
import type { TestCase } from '../evaluate/test-case.ts';

/** How a model's images are prepared. */
export interface EvaluationSize {
  /** Side of the square it sees. */
  readonly imageSize: number;
  /** Its usual evaluation transform. */
  readonly transform: TransformSpec;
}

/** One published test: its own images, shown as they are. */
export interface BenchmarkPart {
  /** `imagenet-a/`, `imagenet-c/`: stands before the test's id. */
  readonly prefix: string;
  readonly test: TestCase;
  open(): Promise<Dataset>;
  transform(size: EvaluationSize): TransformSpec;
  /** @throws UserError for a model of other classes */
  classMap(dataset: Dataset, scores: number): ClassMap;
}

/** What is wanted of a data set with several parts. */
export interface BenchmarkOptions {
  /** Names of corruptions; default all that are there. */
  readonly corruptions?: readonly string[] | undefined;
  readonly severities?: readonly Severity[] | undefined;
  readonly skipBad?: boolean | undefined;
}

/** A published data set that measures robustness. */
export interface BenchmarkSet {
  /** Also the command's option: `--imagenet-a`. */
  readonly name: string;
  readonly title: string;
  /** What a folder of it looks like, for help and messages. */
  readonly layout: string;
  /** Looks at a folder and lists its tests. @throws UserError saying what was expected and what was found */
  parts(folder: string, options: BenchmarkOptions): Promise<BenchmarkPart[]>;
}
