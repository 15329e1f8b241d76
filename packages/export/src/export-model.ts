import { didYouMean, UserError } from '@mfm/cli';
import { buildMfm, type HostParameter, type MfmConfig } from '@mfm/models';
import { encodeModel, traceDynamicBatch } from '@mfm/onnx';
import { HEADS } from './head.ts';
import { type ModelSource, modelMetadata } from './model-metadata.ts';
import { checkParity, type ParityOptions, type ParityReport } from './parity.ts';
import { packageVersions } from './versions.ts';

export type Target = 'standard' | 'onnxruntime';

export interface ExportOptions extends ParityOptions {
  /** A key of `HEADS`. Default `features`. */
  readonly head?: string;
  /** ONNX operator set. Default 17. */
  readonly opset?: number;
  /** `standard` (default): operators every runtime has; `onnxruntime`: its own faster ones as well. */
  readonly target?: Target;
}

/** A model with its parameters: what is exported. */
export interface ModelWithParameters {
  readonly config: MfmConfig;
  /** PyTorch's names and layouts; they become the initializers' names. */
  readonly parameters: Readonly<Record<string, HostParameter>>;
  readonly source: ModelSource;
}

export interface ExportResult {
  /** The ONNX file's content. */
  readonly bytes: Uint8Array;
  readonly parity: ParityReport;
  readonly head: string;
  readonly opset: number;
  readonly parameterCount: number;
}

/**
 * Turns a model into an ONNX file and compares it with the eager model. Only the batch is dynamic; initializers that the head does
 * not need (the decoder, for features) are left out.
 *
 * @throws UserError for an unknown head, or an operator set that is not supported
 * @throws Error when an output differs from the eager model's by more than the tolerance
 */
export async function exportModel(
  { config, parameters, source }: ModelWithParameters,
  { head: headName = 'features', opset = 17, target = 'standard', ...parityOptions }: ExportOptions = {},
): Promise<ExportResult> {
  const head = HEADS[headName];
  if (!head) throw new UserError(`--head: unknown head "${headName}"${didYouMean(headName, Object.keys(HEADS))}`);
  const model = buildMfm(config);
  const inputs = head.inputs(model);
  const inputNames = Object.keys(inputs);
  const graph = traceDynamicBatch(
    (tensors) => {
      const fed = Object.fromEntries(inputNames.map((name) => [name, tensors[name]!]));
      return head.run(model, tensors, fed);
    },
    {
      ...Object.fromEntries(inputNames.map((name) => [name, { shape: [1, ...inputs[name]!.shape] }])),
      ...Object.fromEntries(model.parameters.map(({ name, shape }) => [name, { shape, data: parameters[name]!.data }])),
    },
  );
  const metadata = modelMetadata(config, headName, source, packageVersions());
  const bytes = encodeModel(graph, { opset, target, metadata });
  const parity = await checkParity(bytes, model, head, parameters, parityOptions);
  if (!parity.passed) throw new Error(describeFailure(parity));
  const parameterCount = model.parameters.reduce((sum, { name }) => sum + parameters[name]!.data.length, 0);
  return { bytes, parity, head: headName, opset, parameterCount };
}

function describeFailure({ outputs, tolerance }: ParityReport): string {
  const worst = outputs.reduce((a, b) => (a.maxAbsolute > b.maxAbsolute ? a : b));
  return (
    `exportModel: every output must be within ${tolerance} of the eager model's, got ${worst.maxAbsolute.toExponential(2)} ` +
    `for ${worst.output}. Nothing was written. This is a bug: please report it with the command.`
  );
}
