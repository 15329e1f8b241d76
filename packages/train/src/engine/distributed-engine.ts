import { encodeModel, type HostTensors, type OnnxSession, openSession } from '@mfm/onnx';
import { GRADIENT_SCALE, type Phase, type TrainStep } from '../step/train-step.ts';
import type { Distributed } from './distributed.ts';
import { createDoubleBuffer } from './double-buffer.ts';
import type { Engine, TrainState } from './engine.ts';
import { openGradientProgram, shareState } from './gradient-program.ts';
import { hostBatch, hostScalar, hostScalars } from './host-feeds.ts';
import type { CompiledEngineOptions } from './onnxruntime-engine.ts';
import { fromStateArrays, toStateArrays } from './state-tensors.ts';
import { traceApply } from './trace-halves.ts';

/**
 * The compiled engine of one of several processes that train together: each differentiates its part of the batch, the weighted gradients
 * are summed up, each makes the same update. Running statistics are each process's own until the state is read; then rank 0's count,
 * as in torch's DistributedDataParallel. Every method is called by all processes.
 *
 * @param initial of rank 0; the others' is overwritten
 */
export async function createDistributedEngine(
  step: TrainStep,
  initial: TrainState,
  options: CompiledEngineOptions,
  distributed: Distributed,
): Promise<Engine> {
  const { accumulationSteps, device, threads, spin } = options;
  const { communicator } = distributed;
  const settings = { device, ...(threads ? { threads } : {}), ...(spin !== undefined && { spin }) };
  const program = await openGradientProgram(step, distributed, settings);
  const open = (phase: Phase) =>
    openSession(encodeModel(traceApply(step, phase), { target: 'onnxruntime', graphName: `train_${phase}` }), settings);
  const sessions: Partial<Record<Phase, OnnxSession>> = { update: await open('update') };
  if (accumulationSteps > 1) sessions.accumulate = await open('accumulate');
  const state = createDoubleBuffer(toStateArrays(step, initial), step.state);
  const gradNorm = hostScalar();
  let [updates, batches, shared] = [initial.step, 0, false];

  async function apply(phase: Phase, hyper: Readonly<HostTensors>, scale: number): Promise<void> {
    const session = sessions[phase]!;
    const fed: HostTensors = { ...program.gradients, ...hyper, [GRADIENT_SCALE]: hostScalar(scale) };
    const feeds = Object.fromEntries(session.inputs.map(({ name }) => [name, fed[name] ?? state.current[name]!]));
    const written = session.outputs.map(({ name }) => name);
    await session.run(feeds, { ...state.targets(written), gradNorm });
    state.swap(written);
  }

  const { size, library } = communicator;
  return {
    name: `onnxruntime (${device}${threads ? `, ${threads} threads` : ''}) on ${size} ranks (${library})`,
    async step(batch, lrs) {
      // Not while the engine opens: a rank that fails there would leave the others waiting.
      if (!shared) await shareState(state, communicator);
      shared = true;
      batches++;
      const phase: Phase = batches % accumulationSteps === 0 ? 'update' : 'accumulate';
      const hyper = hostScalars(step.hyperValues(updates + 1, lrs));
      const { loss, scale } = await program.run(hostBatch(batch, step.batch), state, distributed.lossWeight(batch));
      await apply(phase, hyper, scale);
      if (phase === 'update') updates++;
      return { loss, gradNorm: Number(gradNorm.data[0]) };
    },
    async readState() {
      await shareState(state, communicator);
      shared = true;
      const arrays = Object.entries(state.current).map(([key, { data }]) => [key, data as Float32Array] as const);
      return fromStateArrays(Object.fromEntries(arrays), updates);
    },
    async close() {
      await program.close();
      for (const session of Object.values(sessions)) await session.close();
      state.clear();
    },
  };
}
