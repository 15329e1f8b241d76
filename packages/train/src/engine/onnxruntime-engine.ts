import { encodeModel, type Graph, type HostTensors, type OnnxSession, openSession, trace } from '@mfm/onnx';
import type { Phase, Tensors, TrainStep } from '../step/train-step.ts';
import { createDoubleBuffer, nextName } from './double-buffer.ts';
import type { Engine, TrainState } from './engine.ts';
import { graphTarget } from './graph-target.ts';
import { hostBatch, hostScalar, hostScalars } from './host-feeds.ts';
import { fromStateArrays, toStateArrays } from './state-tensors.ts';

export interface CompiledEngineOptions {
  readonly device: string;
  readonly threads?: number | undefined;
  /** Whether waiting threads poll for work; default: the session's. */
  readonly spin?: boolean | undefined;
  readonly accumulationSteps: number;
  /** Prefix of ONNX Runtime's profile, written when the engine closes. */
  readonly profile?: string | undefined;
}

/**
 * The step as one graph: forward, backward, clipping and AdamW.
 * Inputs are the step's keys; outputs are `next/<state key>`, `loss` and `gradNorm`.
 */
export function traceStep(step: TrainStep, phase: Phase): Graph {
  const run = (inputs: Tensors) => {
    const { loss, gradNorm, ...state } = step.run(inputs, phase);
    const renamed = Object.entries(state).map(([key, tensor]) => [nextName(key), tensor] as const);
    return { ...Object.fromEntries(renamed), loss: loss!, gradNorm: gradNorm! };
  };
  return trace(run, { ...step.state, ...step.batch, ...step.hyper });
}

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
    ...(options.spin !== undefined && { spin: options.spin }),
    ...(options.profile ? { profile: options.profile } : {}),
  };
  const open = (phase: Phase) => {
    const graphName = `train_step_${phase}`;
    return openSession(
      encodeModel(traceStep(step, phase), { target: graphTarget(options.device), graphName }),
      settings,
    );
  };
  const sessions: Partial<Record<Phase, OnnxSession>> = { update: await open('update') };
  if (accumulationSteps > 1) sessions.accumulate = await open('accumulate');

  const state = createDoubleBuffer(toStateArrays(step, initial), step.state);
  const metrics = { loss: hostScalar(), gradNorm: hostScalar() };
  let [updates, batches] = [initial.step, 0];

  return {
    name: `onnxruntime (${sessionOptions.device}${sessionOptions.threads ? `, ${sessionOptions.threads} threads` : ''})`,
    async step(batch, lrs) {
      batches++;
      const phase: Phase = batches % accumulationSteps === 0 ? 'update' : 'accumulate';
      const session = sessions[phase]!;
      const hyper = step.hyperValues(updates + 1, lrs);
      const values: HostTensors = { ...hostBatch(batch, step.batch), ...hostScalars(hyper) };
      const feeds = Object.fromEntries(session.inputs.map(({ name }) => [name, values[name] ?? state.current[name]!]));
      const written = session.outputs.map(({ name }) => name);
      await session.run(feeds, { ...state.targets(written), ...metrics });
      state.swap(written);
      if (phase === 'update') updates++;
      return { loss: Number(metrics.loss.data[0]), gradNorm: Number(metrics.gradNorm.data[0]) };
    },
    async readState() {
      const arrays = Object.entries(state.current).map(([key, { data }]) => [key, data as Float32Array] as const);
      return fromStateArrays(Object.fromEntries(arrays), updates);
    },
    async close() {
      for (const session of Object.values(sessions)) await session.close();
      state.clear();
    },
  };
}
