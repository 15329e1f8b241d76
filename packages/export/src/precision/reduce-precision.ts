import { UserError } from '@mfm/cli';
import { type CalibrationMethod, encodeModel, type Graph, type HostTensors } from '@mfm/onnx';
import type { BuiltModel } from '../built-model.ts';
import type { Target } from '../export-model.ts';
import type { HeadGraph } from '../heads/head.ts';
import type { OutputParity } from '../parity/differences.ts';
import { probeInputs } from '../probe/probe-inputs.ts';
import { type Comparison, compareFiles } from './compare-files.ts';
import { imageFeeds, requireImageHead } from './image-feeds.ts';
import { type CalibrationSets, type ImageSet, openCalibrationSets, openComparisonSet } from './image-set.ts';
import { PRECISIONS, type Precision } from './precision.ts';
import { type ReducedGraph, reduceToHalf, reduceToInt8 } from './reduce-graph.ts';

/** How precision is reduced and checked. */
export interface PrecisionOptions {
  readonly precision: Precision;
  /** Data set that activation ranges are read from: needed for int8, of no use otherwise. */
  readonly calibrate?: string | undefined;
  readonly calibrationImages?: number | undefined;
  readonly method?: CalibrationMethod | undefined;
  /** Data set to compare the file on; default: images of `calibrate` that were not calibrated on, or made-up pictures. */
  readonly compare?: string | undefined;
  readonly comparedImages?: number | undefined;
  /** Products of two activations too. Default false: attention loses more by it than all weights. */
  readonly attention?: boolean | undefined;
  /** Parts of names of weights that stay in float32. */
  readonly keep?: readonly string[] | undefined;
  readonly onProgress?: ((what: string, done: number, total: number) => void) | undefined;
}

/** The float32 export that is reduced. */
export interface FullExport {
  readonly graph: Graph;
  readonly model: BuiltModel;
  readonly head: HeadGraph;
  readonly headName: string;
  readonly fixedBatch: number | undefined;
  readonly opset: number;
  readonly target: Target;
  readonly metadata: Readonly<Record<string, string>>;
  /** The float32 file, checked against the eager model. */
  readonly bytes: Uint8Array;
}

/** What was done, and how far the file is from the float32 one. */
export interface PrecisionReport {
  readonly precision: Precision;
  readonly summary: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly float32Bytes: number;
  /** What was compared on: a data set, or made-up pictures. */
  readonly comparedOn: string;
  readonly images: number;
  readonly outputs: readonly OutputParity[];
  readonly agreement: number | undefined;
  /** What is worse than it should be, a sentence each. */
  readonly warnings: readonly string[];
}

const CALIBRATION_IMAGES = 256;
const COMPARED_IMAGES = 512;

/** Images of a run of the comparison, by their side. */
const comparedBatch = (imageSize: number) => (imageSize <= 64 ? 64 : 8);

/** What the two formats need of a data set, checked before anything slow begins. */
export function checkPrecisionOptions({ precision, calibrate, ...others }: PrecisionOptions): void {
  if (precision === 'int8' && calibrate === undefined) {
    throw new UserError('--precision int8: needs images to read activation ranges from. Add --calibrate <data set>.');
  }
  const quantisation = {
    '--calibrate': calibrate,
    '--calibration-images': others.calibrationImages,
    '--calibration': others.method,
    '--keep-float': others.keep,
  };
  const stray = Object.entries(quantisation).find(([, value]) => value !== undefined);
  if (precision !== 'int8' && stray) {
    throw new UserError(`${stray[0]}: is for --precision int8, got ${precision}. Leave it out.`);
  }
  if (precision === 'fp32' && (others.compare !== undefined || others.comparedImages !== undefined)) {
    throw new UserError(
      '--compare: is for --precision fp16 and int8; fp32 is compared with the eager model. Leave it out.',
    );
  }
}

/** Feeds of a head from images, for graphs of one batch size in batches of it. */
async function* feedsOf(
  { model, head, fixedBatch }: FullExport,
  images: ImageSet,
  batchSize: number,
  onDone: (done: number) => void,
): AsyncGenerator<HostTensors> {
  let done = 0;
  for await (const pixels of images.batches(fixedBatch ?? batchSize)) {
    const count = pixels.length / (3 * model.config.imageSize ** 2);
    if (fixedBatch !== undefined && count < fixedBatch) break;
    yield imageFeeds(model, head, pixels);
    done += count;
    onDone(done);
  }
}

function* madeUpFeeds({ model, head, fixedBatch }: FullExport): Generator<HostTensors> {
  for (let seed = 1; seed <= 4; seed++) yield probeInputs({ model, head, parameters: {} }, fixedBatch ?? 4, seed);
}

function warningsOf(precision: Precision, { agreement, outputs }: Comparison): string[] {
  const { bounds } = PRECISIONS[precision];
  if (!bounds) return [];
  const warnings = outputs
    .filter(({ cosine }) => !(cosine >= bounds.cosine))
    .map(({ output, cosine }) => `${output}: the cosine should be at least ${bounds.cosine}, got ${cosine.toFixed(6)}`);
  if (agreement !== undefined && agreement < bounds.agreement) {
    const [got, wanted] = [agreement, bounds.agreement].map((share) => (100 * share).toFixed(2));
    warnings.push(`the most likely class should agree for at least ${wanted} % of the images, got ${got} %`);
  }
  return warnings;
}

/** A reduction whose images are open. */
export interface Reduction {
  /**
   * Makes the file in reduced precision of a float32 export, and compares the two on images that it was not calibrated on.
   *
   * @throws UserError for nothing to quantise, or activations that are not finite
   */
  run(full: FullExport): Promise<{ bytes: Uint8Array; report: PrecisionReport }>;
  close(): Promise<void>;
}

/**
 * Opens what a reduction needs, before anything slow begins; undefined for fp32.
 *
 * @throws UserError for options that do not belong together, a head that is not fed with images, a data set that does not open or is too small
 */
export async function openReduction(
  { model, head, headName }: Pick<FullExport, 'model' | 'head' | 'headName'>,
  options: PrecisionOptions = { precision: 'fp32' },
): Promise<Reduction | undefined> {
  const {
    precision,
    calibrate,
    compare,
    calibrationImages = CALIBRATION_IMAGES,
    comparedImages = COMPARED_IMAGES,
  } = options;
  checkPrecisionOptions(options);
  if (precision === 'fp32') return undefined;
  requireImageHead(model, head, headName);
  const { imageSize } = model.config;
  const sets =
    calibrate === undefined
      ? undefined
      : await openCalibrationSets(calibrate, [calibrationImages, comparedImages], { imageSize });
  const other = compare === undefined ? undefined : await openComparisonSet(compare, comparedImages, { imageSize });
  return {
    run: (full) => reduce(full, options, sets, other?.images ?? sets?.heldOut),
    async close() {
      await sets?.close();
      await other?.close();
    },
  };
}

async function reduce(
  full: FullExport,
  options: PrecisionOptions,
  sets: CalibrationSets | undefined,
  images: ImageSet | undefined,
): Promise<{ bytes: Uint8Array; report: PrecisionReport }> {
  const { precision, onProgress } = options;
  const { graph, summary, details } = await reduceGraph(full, options, sets);
  const { calibration } = sets ?? {};
  const described = { ...details, ...(calibration && { data: calibration.name, images: calibration.length }) };
  const bytes = encodeModel(graph, {
    opset: full.opset,
    target: full.target,
    metadata: {
      ...full.metadata,
      precision,
      ...(precision === 'int8' && { quantization: JSON.stringify(described) }),
    },
  });
  const feeds = images
    ? feedsOf(full, images, comparedBatch(full.model.config.imageSize), (done) =>
        onProgress?.('comparison', done, images.length),
      )
    : madeUpFeeds(full);
  const comparison = await compareFiles(full.bytes, bytes, feeds);
  const report: PrecisionReport = {
    ...{ precision, summary, details: described, float32Bytes: full.bytes.length },
    comparedOn: images?.name ?? 'made-up pictures',
    ...comparison,
    warnings: warningsOf(precision, comparison),
  };
  return { bytes, report };
}

async function reduceGraph(
  full: FullExport,
  options: PrecisionOptions,
  sets: CalibrationSets | undefined,
): Promise<ReducedGraph> {
  if (options.precision === 'fp16' || !sets) return reduceToHalf(full.graph);
  const { method = 'mse', attention = false, keep = [], onProgress } = options;
  const { calibration } = sets;
  return reduceToInt8(full.graph, {
    ...{ method, attention, keep, opset: full.opset, target: full.target },
    batches: (batchSize) =>
      feedsOf(full, calibration, batchSize, (done) => onProgress?.('calibration', done, calibration.length)),
  });
}
