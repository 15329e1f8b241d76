import type { Classifier, TestCase } from '@mfm/robustness';
import type { Preprocessing } from '../../model/preprocessing.ts';
import type { Command } from '../eval-command.ts';

/** A classifier opened for the suite. `scores` takes bytes, or float32 in [0, 1]: normalisation and layout are its own affair. */
export interface SuiteModel extends Classifier {
  readonly path: string;
  /** SHA-256 of the ONNX file, hexadecimal. */
  readonly hash: string;
  readonly preprocessing: Preprocessing;
  readonly metadata: Readonly<Record<string, string>>;
  /** K, the number of scores per image. */
  readonly classes: number;
}

/** What every section is told when it makes its tests. */
export interface SuiteContext {
  /** Side of the square images in pixels. */
  readonly imageSize: number;
  /** Keys every draw, together with an image's index. */
  readonly seed: number;
}

/** Tests, and how to give back what they hold (threads, sessions). */
export interface OpenedTests {
  readonly tests: readonly TestCase[];
  close?(): Promise<void>;
}

/**
 * One part of `pnpm eval robustness`: its options, and the tests that they ask for.
 *
 * @typeParam Options what its options are called once commander has parsed them
 */
export interface RobustnessSection<Options extends object> {
  addOptions(command: Command): Command;
  /** Tests whose images do not depend on the model: made once, shown to every model. @throws UserError for options that do not fit */
  sharedTests?(options: Options, context: SuiteContext): Promise<OpenedTests>;
  /** Tests that a model makes for itself, such as attacks. @throws UserError for options that do not fit */
  modelTests?(options: Options, context: SuiteContext, model: SuiteModel): Promise<OpenedTests>;
}
