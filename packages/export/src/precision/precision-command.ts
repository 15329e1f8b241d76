import {
  type createCommand,
  didYouMean,
  formatTable,
  integerOption,
  type Progress,
  startProgress,
  UserError,
} from '@mfm/cli';
import { CALIBRATION_METHODS, type CalibrationMethod } from '@mfm/onnx';
import { PARITY_TITLES, parityRows } from '../parity/parity-rows.ts';
import { findPrecision, PRECISIONS } from './precision.ts';
import { checkPrecisionOptions, type PrecisionOptions, type PrecisionReport } from './reduce-precision.ts';

type Command = ReturnType<typeof createCommand>;

/** Arguments about precision, as the command line gives them. */
export interface PrecisionArguments {
  readonly precision: string;
  readonly calibrate?: string;
  readonly calibrationImages?: number;
  readonly calibration?: string;
  readonly keepFloat?: string;
  readonly compare?: string;
  readonly compareImages?: number;
  readonly strict?: boolean;
}

const METHODS = Object.keys(CALIBRATION_METHODS) as CalibrationMethod[];

/** Declares the options about precision. */
export function withPrecision(command: Command): Command {
  const precisions = Object.entries(PRECISIONS).map(([name, { description }]) => `${name} (${description})`);
  return command
    .option('--precision <name>', precisions.join('; '), 'fp32')
    .option(
      '--calibrate <data set>',
      'int8: images to read activation ranges from: a path, "synthetic" or "synthetic:<n>"',
    )
    .option('--calibration-images <n>', 'int8: how many of them (default: 256)', integerOption('--calibration-images'))
    .option('--calibration <method>', `int8: how a range is chosen: ${METHODS.join(', ')} (default: mse)`)
    .option('--keep-float <names>', 'int8: parts of names of weights that stay float32, comma-separated')
    .option(
      '--compare <data set>',
      'fp16, int8: images to compare with float32 on (default: others of --calibrate, or made-up pictures)',
    )
    .option('--compare-images <n>', 'how many of them (default: 512)', integerOption('--compare-images'))
    .option('--strict', 'fp16, int8: fail where the comparison warns');
}

function findMethod(text: string): CalibrationMethod {
  const found = METHODS.find((name) => name === text);
  if (found) return found;
  throw new UserError(`--calibration: must be ${METHODS.join(', ')}, got "${text}"${didYouMean(text, METHODS)}`);
}

/**
 * What the arguments ask for.
 *
 * @throws UserError for unknown names, and options that do not belong to the precision
 */
export function precisionOptions(args: PrecisionArguments): PrecisionOptions {
  const options: PrecisionOptions = {
    precision: findPrecision(args.precision),
    calibrate: args.calibrate,
    calibrationImages: args.calibrationImages,
    method: args.calibration === undefined ? undefined : findMethod(args.calibration),
    keep: args.keepFloat?.split(',').map((part) => part.trim()),
    compare: args.compare,
    comparedImages: args.compareImages,
  };
  checkPrecisionOptions(options);
  if (args.strict && options.precision === 'fp32') {
    throw new UserError('--strict: is for --precision fp16 and int8; fp32 always fails above 1e-4. Leave it out.');
  }
  return options;
}

/** @throws UserError for precision of what is not a model of this project in ONNX */
export function requireOwnOnnx(
  { precision }: PrecisionOptions,
  to: { format: string; tfjs: string | undefined },
): void {
  if (precision === 'fp32' || (to.format === 'onnx' && to.tfjs === undefined)) return;
  const what = to.tfjs === undefined ? `--${to.format}` : '--tfjs';
  throw new UserError(`--precision: does not go with ${what}, got ${precision}. Leave one out.`);
}

/** A progress line that begins anew with every stage. */
export function startStages() {
  let current: { what: string; progress: Progress } | undefined;
  return {
    update(what: string, done: number, total: number) {
      if (current?.what !== what) {
        current?.progress.stop();
        current = { what, progress: startProgress(what, total) };
      }
      current.progress.update(done);
    },
    stop: () => current?.progress.stop(),
  };
}

/**
 * Says loudly what is worse than it should be.
 *
 * @throws UserError instead with `--strict`
 */
export function judgePrecision(
  { warnings, precision, comparedOn }: PrecisionReport,
  strict: boolean | undefined,
): void {
  if (warnings.length === 0) return;
  const text = `${precision} differs much from float32 on ${comparedOn}: ${warnings.join('; ')}.`;
  if (strict) throw new UserError(`--strict: ${text} Nothing was written.`);
  process.stderr.write(`WARNING: ${text}\n`);
}

/** The report as text. */
export function formatPrecision(
  { precision, summary, outputs, agreement, ...report }: PrecisionReport,
  bytes: number,
): string {
  const size = `${((100 * bytes) / report.float32Bytes).toFixed(0)} % of the float32 file's ${(report.float32Bytes / 1e6).toFixed(2)} MB`;
  const same = agreement === undefined ? '' : `Same most likely class: ${(100 * agreement).toFixed(2)} %\n`;
  return (
    `${precision}: ${summary}; ${size}\n` +
    `Difference of ${precision} from float32 (${report.images} images of ${report.comparedOn}):\n` +
    `${formatTable(PARITY_TITLES, parityRows(outputs))}\n${same}`
  );
}
