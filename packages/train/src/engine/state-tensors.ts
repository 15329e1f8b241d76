import type { TrainStep } from '../step/train-step.ts';
import type { TrainState } from './engine.ts';

/** The state's fields by the key prefix they have in a step. */
const FIELDS = { param: 'parameters', exp_avg: 'expAvg', exp_avg_sq: 'expAvgSq', ema: 'ema' } as const;

/** What a field begins with where the given state has none: averages begin as the weights. */
const fallback = (state: TrainState, prefix: string, name: string) =>
  prefix === 'ema' ? state.parameters[name] : undefined;

const sizeOf = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);

/** Flat arrays for every state key of a step, copied from a state; gradient sums start at zero. */
export function toStateArrays(step: TrainStep, state: TrainState): Record<string, Float32Array> {
  const arrays: Record<string, Float32Array> = {};
  for (const [key, { shape }] of Object.entries(step.state)) {
    const [prefix = '', ...rest] = key.split('/');
    const name = rest.join('/');
    const field = FIELDS[prefix as keyof typeof FIELDS] as keyof typeof state & (typeof FIELDS)[keyof typeof FIELDS];
    const source = (field && state[field]?.[name]) ?? fallback(state, prefix, name);
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
    if (!(prefix in FIELDS)) continue;
    const field = FIELDS[prefix as keyof typeof FIELDS];
    state[field] ??= {};
    state[field][rest.join('/')] = data.slice();
  }
  return state;
}
