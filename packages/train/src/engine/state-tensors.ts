import type { TrainStep } from '../step/train-step.ts';
import type { TrainState } from './engine.ts';

/** The state's fields by the key prefix they have in a step. */
const FIELDS = { param: 'parameters', exp_avg: 'expAvg', exp_avg_sq: 'expAvgSq' } as const;

const sizeOf = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);

/** Flat arrays for every state key of a step, copied from a state; gradient sums start at zero. */
export function toStateArrays(step: TrainStep, state: TrainState): Record<string, Float32Array> {
  const arrays: Record<string, Float32Array> = {};
  for (const [key, { shape }] of Object.entries(step.state)) {
    const [prefix = '', ...rest] = key.split('/');
    const source = prefix in FIELDS ? state[FIELDS[prefix as keyof typeof FIELDS]][rest.join('/')] : undefined;
    if (prefix === 'param' && !source) throw new Error(`toStateArrays: state must hold "${key}", got none.`);
    if (source && source.length !== sizeOf(shape)) {
      throw new Error(`toStateArrays: "${key}" must have ${sizeOf(shape)} elements, got ${source.length}.`);
    }
    arrays[key] = source ? source.slice() : new Float32Array(sizeOf(shape));
  }
  return arrays;
}

/** The inverse: a state that owns its arrays. */
export function fromStateArrays(arrays: Readonly<Record<string, Float32Array>>, step: number): TrainState {
  const state: TrainState = { parameters: {}, expAvg: {}, expAvgSq: {}, step };
  for (const [key, data] of Object.entries(arrays)) {
    const [prefix = '', ...rest] = key.split('/');
    if (prefix in FIELDS) state[FIELDS[prefix as keyof typeof FIELDS]][rest.join('/')] = data.slice();
  }
  return state;
}
