import type { Communicator } from '@mfm/mpi';
import {
  encodeModel,
  type HostTensor,
  type HostTensors,
  type OnnxSession,
  openSession,
  type SessionOptions,
  type Stage,
} from '@mfm/onnx';
import { LOSS_WEIGHT, type TrainStep } from '../step/train-step.ts';
import type { Distributed } from './distributed.ts';
import type { DoubleBuffer } from './double-buffer.ts';
import { layOutGradients } from './gradient-buckets.ts';
import { hostScalar } from './host-feeds.ts';
import { traceGradients } from './trace-halves.ts';

/** The first half of the step on this process's part of a batch, and the sum over all. */
export interface GradientProgram {
  /** Sums over all processes, by key `gradient/<name>`, after `run`. */
  readonly gradients: Readonly<HostTensors>;
  /**
   * @param batch the batch's tensors
   * @param weight of this part
   * @returns the whole batch's loss, and 1 / Σ weight, which the summed gradients are still to be multiplied by
   */
  run(batch: Readonly<HostTensors>, state: DoubleBuffer, weight: number): Promise<{ loss: number; scale: number }>;
  close(): Promise<void>;
}

interface OpenStage {
  readonly session: OnnxSession;
  readonly outputs: readonly string[];
  /** What is summed up before the next stage, in one array; undefined for nothing. */
  readonly reduced: Float32Array | undefined;
}

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  int8: Int8Array,
  bool: Uint8Array,
  float16: Uint16Array,
  uint16: Uint16Array,
} as const;

const lengthOf = (dims: readonly number[]) => dims.reduce((product, length) => product * length, 1);

/** Memory for what goes from stage to stage: what is summed up lies in one array. */
function allocateCrossing({ graph, reduced }: Stage, into: HostTensors): Float32Array | undefined {
  const values = graph.outputs.filter(({ name }) => name.startsWith('stage/'));
  const dimsOf = (name: string) => values.find((output) => output.name === name)!.value.shape as number[];
  const flat = new Float32Array(reduced.reduce((sum, name) => sum + lengthOf(dimsOf(name)), 0));
  let end = 0;
  for (const name of reduced) {
    const dims = dimsOf(name);
    into[name] = { type: 'float32', dims, data: flat.subarray(end, end + lengthOf(dims)) };
    end += lengthOf(dims);
  }
  for (const { name, value } of values) {
    if (name in into) continue;
    const dims = value.shape as number[];
    into[name] = { type: value.type, dims, data: new ARRAYS[value.type](lengthOf(dims)) } as HostTensor;
  }
  return flat.length > 0 ? flat : undefined;
}

/** A part that counts nothing may have no loss at all: 0 / 0. It must not reach the others' sums. */
function removeNaN(values: Float32Array): void {
  values.forEach((value, i) => {
    if (Number.isNaN(value)) values[i] = 0;
  });
}

/** Opens the first half of the step: a session for each stage. */
export async function openGradientProgram(
  step: TrainStep,
  { communicator, bucketBytes, overlapStages }: Distributed,
  settings: SessionOptions,
): Promise<GradientProgram> {
  const stages = traceGradients(step, overlapStages);
  const keysOf = ({ graph }: Stage) =>
    graph.outputs.map(({ name }) => name).filter((name) => name in step.halves.gradients);
  const buckets = layOutGradients(stages.map(keysOf), step.halves.gradients, bucketBytes);
  const crossing: HostTensors = {};
  const open: OpenStage[] = [];
  for (const [index, stage] of stages.entries()) {
    const model = encodeModel(stage.graph, { target: 'onnxruntime', graphName: `train_gradient_${index}` });
    const session = await openSession(model, settings);
    const outputs = session.outputs.map(({ name }) => name);
    open.push({ session, outputs, reduced: allocateCrossing(stage, crossing) });
  }
  const sumsStatistics = open.some(({ reduced }) => reduced);
  const loss = hostScalar();
  const { tensors, tail } = buckets;

  const sumBuckets = (stage: number): Promise<void>[] =>
    buckets.ofStage[stage]!.map((bucket) => communicator.allReduce(bucket));

  async function runStage(
    index: number,
    batch: Readonly<HostTensors>,
    state: DoubleBuffer,
    weight: number,
  ): Promise<void> {
    const { session, outputs, reduced } = open[index]!;
    const feed = (name: string) => crossing[name] ?? batch[name] ?? state.current[name]!;
    const values = Object.fromEntries(session.inputs.map(({ name }) => [name, feed(name)]));
    const own = { ...crossing, ...tensors, loss };
    const fetched = outputs
      .filter((name) => name in own)
      .map((name) => [name, own[name as keyof typeof own]!] as const);
    await session.run(values, { ...Object.fromEntries(fetched), ...state.targets(outputs) });
    if (weight === 0) {
      buckets.stageRange[index]!.fill(0);
      if (reduced) removeNaN(reduced);
    }
    if (reduced) await communicator.allReduce(reduced);
  }

  return {
    gradients: tensors,
    async run(batch, state, weight) {
      const fed = { ...batch, [LOSS_WEIGHT]: hostScalar(weight) };
      const sums: Promise<void>[] = [];
      for (const index of open.keys()) {
        await runStage(index, fed, state, weight);
        if (index === open.length - 1) {
          tail[0] = weight === 0 ? 0 : Number(loss.data[0]);
          tail[1] = weight;
        }
        // Sums of statistics hold up the next stage: they do not queue behind gradients, which can wait.
        if (!sumsStatistics) sums.push(...sumBuckets(index));
      }
      if (sumsStatistics) for (const index of open.keys()) sums.push(...sumBuckets(index));
      await Promise.all(sums);
      for (const { outputs } of open) state.swap(outputs);
      return { loss: tail[0]! / tail[1]!, scale: 1 / tail[1]! };
    },
    async close() {
      for (const { session } of open) await session.close();
    },
  };
}

/** Gives every process the state of rank 0, in place. */
export async function shareState({ current }: DoubleBuffer, communicator: Communicator): Promise<void> {
  for (const key of Object.keys(current).sort()) await communicator.broadcast(current[key]!.data);
}
