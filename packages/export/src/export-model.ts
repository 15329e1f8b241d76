import { basename, dirname, join } from 'node:path';
import { stageFiles, UserError } from '@mfm/cli';
import type { HostParameter } from '@mfm/models';
import { checkModel, encodeModel, type WrittenFile, writeModel } from '@mfm/onnx';
import { buildModel, type ModelConfig, type OptimiserSettings } from './built-model.ts';
import { headGraph } from './heads/head-graph.ts';
import { requireHead } from './heads/head-table.ts';
import { type ModelSource, modelMetadata } from './model-metadata.ts';
import { checkParity, type ParityOptions, type ParityReport } from './parity/check-parity.ts';
import { GRADIENT_TOLERANCE } from './parity/verdict.ts';
import { openReduction, type PrecisionOptions, type PrecisionReport } from './precision/reduce-precision.ts';
import { traceHead } from './trace-head.ts';
import { packageVersions } from './versions.ts';

export type Target = 'standard' | 'onnxruntime';

export interface ExportOptions extends ParityOptions {
  /** A key of `HEADS`. Default `features`. */
  readonly head?: string;
  /** ONNX operator set. Default 17. */
  readonly opset?: number;
  /** `standard` (default): operators every runtime has; `onnxruntime`: its own faster ones as well. */
  readonly target?: Target;
  /** Writes the graph for batches of this size alone. Default: open, but for heads that need one. */
  readonly batch?: number | undefined;
  /** Takes `pixels` uint8 [batch, H, W, 3] in place of prepared images; default false. */
  readonly normalize?: boolean | undefined;
  /** Last blocks of a ViT whose tokens the head `features` gives as well. */
  readonly blocks?: number | undefined;
  /** Number format of weights and activations. Default float32. */
  readonly precision?: PrecisionOptions | undefined;
}

/** A model with its parameters: what is exported. */
export interface ModelWithParameters {
  readonly config: ModelConfig;
  /** PyTorch's names and layouts; they become the initializers' names. */
  readonly parameters: Readonly<Record<string, HostParameter>>;
  readonly source: ModelSource;
  /** Training batches that each batch normalisation has seen, by the names of those buffers, where they are known. */
  readonly batchesTracked?: Readonly<Record<string, bigint>> | undefined;
  /** How it was trained, which heads that train go on with; default: the official recipe. */
  readonly optimiser?: OptimiserSettings | undefined;
}

export interface ExportResult {
  /** The ONNX file's content. */
  readonly bytes: Uint8Array;
  /** Of the float32 file, from which others are made. */
  readonly parity: ParityReport;
  /** Of a file in reduced precision. */
  readonly precision?: PrecisionReport;
  readonly head: string;
  readonly opset: number;
  readonly parameterCount: number;
}

/** Reduced precision goes through {@link exportModel}: it needs the float32 file's bytes. */
export interface FileOptions extends Omit<ExportOptions, 'precision'> {
  /** Whether large tensors go into a file of their own; default: where the model would have more than 1.9 GB. */
  readonly externalData?: boolean | undefined;
}

/** An export whose bytes are in files. */
export interface FileExportResult extends Omit<ExportResult, 'bytes'> {
  /** The model, and where its tensors are outside of it their file. */
  readonly files: readonly WrittenFile[];
}

/** A head of a model. */
async function chooseHead(
  { config, optimiser }: ModelWithParameters,
  { head: headName = 'features', batch, normalize = false, blocks }: ExportOptions,
) {
  if (blocks !== undefined && headName !== 'features') {
    throw new UserError(`--blocks: is for --head features, got "${headName}". Leave it out.`);
  }
  const model = buildModel(config, optimiser, blocks);
  const row = requireHead(headName, model);
  const fixedBatch = batch ?? row.fixedBatch;
  if (fixedBatch !== undefined && (!Number.isSafeInteger(fixedBatch) || fixedBatch < 1)) {
    throw new UserError(`--batch: must be a positive integer, got ${fixedBatch}.`);
  }
  return { model, headName, normalize, head: await headGraph(headName, model, normalize), fixedBatch };
}

/** A head as a graph, and what is written around it. */
function prepareExport(
  { config, parameters, source }: ModelWithParameters,
  { fixedBatch, ...chosen }: Awaited<ReturnType<typeof chooseHead>>,
) {
  const { model, head, headName } = chosen;
  const graph = traceHead(head, model, parameters, fixedBatch);
  const metadata: Record<string, string> = {
    precision: 'fp32',
    ...modelMetadata(config, headName, source, packageVersions()),
    ...head.metadata?.(model, fixedBatch),
  };
  const parameterCount = model.tensors.parameters.reduce((sum, { name }) => sum + parameters[name]!.data.length, 0);
  return { subject: { ...chosen, parameters }, graph, metadata, fixedBatch, parameterCount };
}

type Prepared = ReturnType<typeof prepareExport>;

/** @throws Error when the file does not pass the checker, or differs from the eager model */
async function requireParity(
  file: string | Uint8Array,
  { subject, fixedBatch }: Prepared,
  options: ParityOptions,
): Promise<ParityReport> {
  requireValid(file);
  const parity = await checkParity(file, subject, { ...(fixedBatch && { batchSizes: [fixedBatch] }), ...options });
  if (!parity.passed) throw new Error(describeFailure(parity));
  return parity;
}

/**
 * Turns a model into an ONNX file and compares it with the eager model. Only the batch is dynamic, unless it is given or the head needs
 * a fixed one; initializers that the head does not need (the decoder, for features) are left out.
 *
 * @throws UserError for an unknown head, one that the model does not have, or an operator set that is not supported
 * @throws Error when the file does not pass the checker, or an output differs from the eager model's by more than the tolerance
 */
export async function exportModel(model: ModelWithParameters, options: ExportOptions = {}): Promise<ExportResult> {
  const {
    head = 'features',
    opset = 17,
    target = 'standard',
    batch,
    normalize,
    blocks,
    precision,
    ...parityOptions
  } = options;
  const chosen = await chooseHead(model, { head, batch, normalize, blocks });
  // Before the tracing, so that a wrong path costs no time.
  const reduction = await openReduction(chosen, precision);
  try {
    const prepared = prepareExport(model, chosen);
    const { graph, metadata, fixedBatch, parameterCount } = prepared;
    const bytes = encodeModel(graph, { opset, target, metadata });
    const parity = await requireParity(bytes, prepared, parityOptions);
    const result = { bytes, parity, head, opset, parameterCount };
    if (!reduction) return result;
    const reduced = await reduction.run({ ...chosen, graph, fixedBatch, opset, target, metadata, bytes });
    requireValid(reduced.bytes);
    return { ...result, bytes: reduced.bytes, precision: reduced.report };
  } finally {
    await reduction?.close();
  }
}

/**
 * {@link exportModel} to a file: nothing is held in memory twice, and the file is there when it has passed the checks, or not at all.
 *
 * @param out path of the model; large tensors may go to a second file beside it
 */
export async function exportModelFile(
  model: ModelWithParameters,
  out: string,
  options: FileOptions = {},
): Promise<FileExportResult> {
  const {
    head = 'features',
    opset = 17,
    target = 'standard',
    batch,
    normalize,
    blocks,
    externalData,
    ...parityOptions
  } = options;
  const prepared = prepareExport(model, await chooseHead(model, { head, batch, normalize, blocks }));
  const { graph, metadata, parameterCount } = prepared;
  return stageFiles(out, async (folder) => {
    const path = join(folder, basename(out));
    const written = await writeModel(path, graph, { opset, target, metadata, externalData });
    const parity = await requireParity(path, prepared, parityOptions);
    const files = written.map((file) => ({ ...file, path: join(dirname(out), basename(file.path)) }));
    return { files, parity, head, opset, parameterCount };
  });
}

/**
 * What is written is valid: a problem that the checker finds is this project's.
 *
 * @throws Error with the first problem
 */
export function requireValid(file: string | Uint8Array): void {
  const [first, ...more] = checkModel(file).filter(({ severity }) => severity === 'error');
  if (!first) return;
  throw new Error(
    `exportModel: the file must pass the checker, got: ${first.where}: ${first.message}${more.length > 0 ? ` (and ${more.length} more)` : ''}. ` +
      'Nothing was written. This is a bug: please report it with the command.',
  );
}

function describeFailure({ outputs, tolerance }: ParityReport): string {
  const gradient = outputs.reduce((a, b) => ((a.relative ?? 0) > (b.relative ?? 0) ? a : b));
  const worst = outputs.reduce((a, b) => (a.maxAbsolute > b.maxAbsolute ? a : b));
  const [bound, got] =
    worst.maxAbsolute > tolerance
      ? [`${tolerance}`, `${worst.maxAbsolute.toExponential(2)} for ${worst.output}`]
      : [
          `${GRADIENT_TOLERANCE} of the largest number`,
          `${gradient.relative?.toExponential(2)} of it for ${gradient.output}`,
        ];
  return (
    `exportModel: every output must be within ${bound} of the eager model's, got ${got}. ` +
    'Nothing was written. This is a bug: please report it with the command.'
  );
}
