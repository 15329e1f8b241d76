import { createHash } from 'node:crypto';
import { formatTable, startProgress, UserError, writeFileAtomic } from '@mfm/cli';
import type { Target } from '../export-model.ts';
import { type ConvertResult, convertTfjsModel } from './convert.ts';

/** What of the command line concerns a TensorFlow.js model. */
export interface TfjsArguments {
  readonly opset: number;
  readonly batch?: number | undefined;
  readonly imageSize?: number | undefined;
  /** `name=shape`, repeated. */
  readonly input?: readonly string[] | undefined;
  readonly json?: boolean | undefined;
}

/** @throws UserError for a text that is not `name=shape`, and for a name that stands twice */
export function parseInputOptions(texts: readonly string[] = []): Record<string, string> {
  const shapes: Record<string, string> = Object.create(null);
  for (const text of texts) {
    // Names may hold "=" only in theory, shapes never.
    const at = text.lastIndexOf('=');
    const name = text.slice(0, at);
    if (at < 1)
      throw new UserError(`--input: must be <name>=<shape>, got "${text}". Write --input image=batch,224,224,3.`);
    if (name in shapes) throw new UserError(`--input: must name every input once, got "${name}" twice.`);
    shapes[name] = text.slice(at + 1);
  }
  return shapes;
}

const values = (list: ConvertResult['inputs']) =>
  list.map(({ name, type, shape }) => `${name} ${type}[${shape.join(', ')}]`).join('; ');

function printResult(out: string, sha256: string, result: ConvertResult): void {
  const { bytes, format, opset, parameterCount, parity, inputs, outputs } = result;
  const rows = parity.outputs.map(({ output, dtype, maxAbsolute, meanAbsolute, largest, equalShare }) => [
    output,
    maxAbsolute.toExponential(2),
    meanAbsolute.toExponential(2),
    largest.toPrecision(3),
    dtype === 'float32' ? '–' : `${(100 * equalShare).toFixed(2)} %`,
  ]);
  process.stdout.write(
    `${out}: TensorFlow.js ${format}, opset ${opset}, ${parameterCount} parameters, ` +
      `${bytes.length} bytes, sha256 ${sha256.slice(0, 16)}…\n` +
      `in: ${values(inputs)}\nout: ${values(outputs)}\n` +
      `Difference from TensorFlow.js (batches of ${parity.batchSizes.join(' and ')}, at most ${parity.tolerance} is allowed, ` +
      'or that share of the largest value above 1):\n' +
      `${formatTable(['output', 'max |Δ|', 'mean |Δ|', 'max |value|', 'equal'], rows)}\n`,
  );
}

/** `pnpm export --onnx out.onnx --tfjs model.json`: converts, checks, writes and prints. */
export async function exportTfjs(path: string, out: string, target: Target, args: TfjsArguments): Promise<void> {
  const { opset, batch, imageSize, json } = args;
  const progress = startProgress('parity check', 2);
  let result: ConvertResult;
  try {
    const shapes = parseInputOptions(args.input);
    const onProgress = (done: number) => progress.update(done);
    result = await convertTfjsModel(path, { opset, target, batch, imageSize, shapes, onProgress });
  } finally {
    progress.stop();
  }
  await writeFileAtomic(out, result.bytes);
  const sha256 = createHash('sha256').update(result.bytes).digest('hex');
  if (!json) return printResult(out, sha256, result);
  const { bytes, ...rest } = result;
  process.stdout.write(`${JSON.stringify({ out, bytes: bytes.length, sha256, ...rest })}\n`);
}
