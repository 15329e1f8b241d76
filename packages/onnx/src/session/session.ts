// First: it switches telemetry off before the runtime is loaded.
import './telemetry.ts';
import { existsSync } from 'node:fs';
import { UserError } from '@mfm/cli';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { readMetadata } from '../proto/decode.ts';
import { DEVICE_ADVICE, type Device, parseDevice } from './device.ts';
import type { HostArray, HostTensor, HostTensors, HostType } from './host-tensor.ts';
import { spinByDefault } from './spin.ts';

/** Name, type and shape of an input or output; a name stands for a length known only when the model runs. */
export interface ValueInfo {
  readonly name: string;
  readonly type: HostType;
  readonly shape: readonly (number | string)[];
}

export interface SessionOptions {
  /** `cpu` (default), `webgpu`, `cuda` or `cuda:1`. */
  readonly device?: string;
  /** Threads within an operator; default: ONNX Runtime's choice, the number of physical cores. */
  readonly threads?: number;
  /**
   * Whether weights are kept a second time in the order in which products read them. Default true; false takes half the memory and is
   * slower: for a model that runs a few times.
   */
  readonly prepack?: boolean;
  /**
   * Whether waiting threads poll for work. Default: what the environment's `MFM_SPIN` says (`0` or `1`), or else true, which is the fastest for a model
   * alone; false leaves the cores to other work, such as making the next batch, or another job.
   */
  readonly spin?: boolean;
  /** Writes ONNX Runtime's profile, a Chrome trace, to a file beginning with this when the session is closed. */
  readonly profile?: string;
}

/** A loaded model. Close it when done: it holds threads and memory outside JavaScript's heap. */
export interface OnnxSession {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** The file's metadata_props. */
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * Runs the model once.
   *
   * @param feeds a tensor for every input
   * @param fetches names of the outputs wanted (default all), or tensors whose memory the outputs are written to
   * @throws Error naming the input whose type or shape does not fit
   */
  run(feeds: HostTensors, fetches?: readonly string[] | HostTensors): Promise<HostTensors>;
  close(): Promise<void>;
}

// Errors are thrown with their text; ONNX Runtime would print it a second time.
env.logLevel = 'fatal';

const toOrt = ({ type, data, dims }: HostTensor): Tensor => new Tensor(type as 'float32', data as Float32Array, dims);

const fromOrt = ({ type, data, dims }: Tensor): HostTensor => ({
  type: type as HostType,
  dims,
  data: data as HostArray,
});

function providersFor({ kind, index }: Device): InferenceSession.SessionOptions['executionProviders'] {
  if (kind === 'cuda') return [{ name: 'cuda', deviceId: index }];
  return [kind];
}

/** The first line of ONNX Runtime's message, without the source position and condition that it may begin with, ended by a full stop. */
function reasonOf(error: unknown): string {
  const [line = ''] = String((error as Error).message).split('\n');
  return `${line.replace(/^\/onnxruntime_src.* was false\. /, '').replace(/[\s.]+$/, '')}.`;
}

async function create(model: string | Uint8Array, device: Device, options: SessionOptions): Promise<InferenceSession> {
  const settings: InferenceSession.SessionOptions = {
    executionProviders: providersFor(device),
    graphOptimizationLevel: 'all',
    // Numbers below 1e-38 count as zero: arithmetic on them is a hundred times slower, and squared gradients are full of them.
    extra: {
      session: {
        set_denormal_as_zero: '1',
        ...(options.prepack === false && { disable_prepacking: '1' }),
        ...(!(options.spin ?? spinByDefault()) && { intra_op: { allow_spinning: '0' } }),
      },
    },
    ...(options.threads ? { intraOpNumThreads: options.threads } : {}),
    ...(options.profile ? { enableProfiling: true, profileFilePrefix: options.profile } : {}),
  };
  try {
    // A file is loaded by its path so that external data beside it is found.
    return await (typeof model === 'string'
      ? InferenceSession.create(model, settings)
      : InferenceSession.create(model, settings));
  } catch (error) {
    const reason = reasonOf(error);
    const name = typeof model === 'string' ? `"${model}"` : 'the model';
    if (device.kind !== 'cpu') {
      throw new UserError(
        `openSession: device ${device.kind} cannot run ${name}: ${reason} ${DEVICE_ADVICE[device.kind]()}`,
      );
    }
    throw new UserError(`openSession: ${name} must be a valid ONNX model: ${reason}`);
  }
}

function describe(metadata: InferenceSession['inputMetadata']): ValueInfo[] {
  return metadata.map((info) => {
    if (!info.isTensor) throw new UserError(`openSession: inputs and outputs must be tensors, got "${info.name}".`);
    return { name: info.name, type: info.type as HostType, shape: info.shape };
  });
}

function checkFeeds(inputs: readonly ValueInfo[], feeds: HostTensors): void {
  for (const { name, type, shape } of inputs) {
    const feed = feeds[name];
    if (!feed) throw new Error(`run: every input must be fed, "${name}" is missing.`);
    const fits =
      feed.dims.length === shape.length &&
      shape.every((length, axis) => typeof length === 'string' || length === feed.dims[axis]);
    if (!fits || feed.type !== type) {
      throw new Error(`run: "${name}" must be ${type} [${shape}], got ${feed.type} [${feed.dims}].`);
    }
  }
}

/**
 * Loads a model into ONNX Runtime.
 *
 * @param model path of an ONNX file, or its bytes
 * @throws UserError for a file that is missing or broken, and for a device that is unknown or not to be had
 */
export async function openSession(model: string | Uint8Array, options: SessionOptions = {}): Promise<OnnxSession> {
  const device = parseDevice(options.device ?? 'cpu');
  if (typeof model === 'string' && !existsSync(model))
    throw new UserError(`openSession: model file must exist, got "${model}".`);
  const metadata = readMetadata(model);
  const session = await create(model, device, options);
  const [inputs, outputs] = [describe(session.inputMetadata), describe(session.outputMetadata)];
  return {
    inputs,
    outputs,
    metadata,
    async run(feeds, fetches) {
      checkFeeds(inputs, feeds);
      const given = Object.fromEntries(inputs.map(({ name }) => [name, toOrt(feeds[name]!)]));
      if (fetches === undefined) return convert(await session.run(given));
      if (Array.isArray(fetches)) return convert(await session.run(given, fetches as string[]));
      const targets = fetches as HostTensors;
      await session.run(
        given,
        Object.fromEntries(Object.entries(targets).map(([name, tensor]) => [name, toOrt(tensor)])),
      );
      return targets;
    },
    async close() {
      if (options.profile) session.endProfiling();
      await session.release();
    },
  };
}

const convert = (results: Record<string, unknown>): HostTensors =>
  Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, fromOrt(tensor as Tensor)]));
