import {
  encodeModel,
  type Graph,
  type HostTensors,
  type InputSpec,
  type OnnxSession,
  openSession,
  trace,
} from '@mfm/onnx';
import type { Phase, Tensors, TrainStep } from '../step/train-step.ts';
import type { Engine, TrainState } from './engine.ts';
import { fromStateArrays, toStateArrays } from './state-tensors.ts';

export interface CompiledEngineOptions {
  readonly device: string;
  readonly threads?: number | undefined;
  readonly accumulationSteps: number;
  /** Prefix of ONNX Runtime's profile, written when the engine closes. */
  readonly profile?: string | undefined;
}

/** Output name of a state tensor: a graph's inputs and outputs must differ in name. */
const NEXT = 'next/';

/**
 * The step as one graph: forward, backward, clipping and AdamW.
 * Inputs are the step's keys; outputs are `next/<state key>`, `loss` and `gradNorm`.
 */
export function traceStep(step: TrainStep, phase: Phase): Graph {
  const run = (inputs: Tensors) => {
    const { loss, gradNorm, ...state } = step.run(inputs, phase);
    const renamed = Object.entries(state).map(([key, tensor]) => [`${NEXT}${key}`, tensor] as const);
    return { ...Object.fromEntries(renamed), loss: loss!, gradNorm: gradNorm! };
  };
  return trace(run, { ...step.state, ...step.batch, ...step.hyper });
}

const tensors = (arrays: Record<string, Float32Array>, specs: Readonly<Record<string, InputSpec>>): HostTensors =>
  Object.fromEntries(
    Object.entries(arrays).map(([key, data]) => [key, { type: 'float32', dims: specs[key]!.shape, data }]),
  );

const scalar = () => ({ type: 'float32', dims: [], data: new Float32Array(1) }) as const;

/**
 * The compiled engine: the step traced once and run by ONNX Runtime.
 * The state lives in two sets of arrays; a step reads one and writes the other, then they change places: nothing is copied.
 */
export async function createCompiledEngine(
  step: TrainStep,
  initial: TrainState,
  options: CompiledEngineOptions,
): Promise<Engine> {
  const { accumulationSteps, ...sessionOptions } = options;
  const settings = {
    device: options.device,
    ...(options.threads ? { threads: options.threads } : {}),
    ...(options.profile ? { profile: options.profile } : {}),
  };
  const open = (phase: Phase) => {
    const graphName = `train_step_${phase}`;
    return openSession(encodeModel(traceStep(step, phase), { target: 'onnxruntime', graphName }), settings);
  };
  const sessions: Partial<Record<Phase, OnnxSession>> = { update: await open('update') };
  if (accumulationSteps > 1) sessions.accumulate = await open('accumulate');

  const arrays = toStateArrays(step, initial);
  let current = tensors(arrays, step.state);
  let next = tensors(
    Object.fromEntries(Object.entries(arrays).map(([key, data]) => [key, new Float32Array(data.length)])),
    step.state,
  );
  const metrics = { loss: scalar(), gradNorm: scalar() };
  let [updates, batches] = [initial.step, 0];

  return {
    name: `onnxruntime (${sessionOptions.device}${sessionOptions.threads ? `, ${sessionOptions.threads} threads` : ''})`,
    async step({ pixels, mask }, lr) {
      batches++;
      const phase: Phase = batches % accumulationSteps === 0 ? 'update' : 'accumulate';
      const session = sessions[phase]!;
      const hyper = step.hyperValues(updates + 1, lr);
      const values: HostTensors = {
        pixels: { type: 'uint8', dims: step.batch.pixels!.shape, data: pixels },
        mask: { type: 'uint8', dims: step.batch.mask!.shape, data: mask },
        ...Object.fromEntries(
          Object.entries(hyper).map(([key, value]) => [
            key,
            { type: 'float32', dims: [], data: Float32Array.of(value) },
          ]),
        ),
      };
      const feeds = Object.fromEntries(session.inputs.map(({ name }) => [name, values[name] ?? current[name]!]));
      const written = session.outputs
        .map(({ name }) => name)
        .filter((name) => name.startsWith(NEXT))
        .map((name) => name.slice(NEXT.length));
      await session.run(feeds, {
        ...Object.fromEntries(written.map((name) => [`${NEXT}${name}`, next[name]!])),
        ...metrics,
      });
      for (const name of written) [current[name], next[name]] = [next[name]!, current[name]!];
      if (phase === 'update') updates++;
      return { loss: metrics.loss.data[0]!, gradNorm: metrics.gradNorm.data[0]! };
    },
    async readState() {
      const state = Object.fromEntries(Object.entries(current).map(([key, { data }]) => [key, data as Float32Array]));
      return fromStateArrays(state, updates);
    },
    async close() {
      for (const session of Object.values(sessions)) await session.close();
      [current, next] = [{}, {}];
    },
  };
}
