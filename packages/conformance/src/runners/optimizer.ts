import { buildTrainStep } from '@mfm/train';
import * as tf from '@tensorflow/tfjs-core';
import { type Check, type Outcome, relativeCheck } from '../check/check.ts';
import type { Evaluate, FloatInput } from '../evaluate/evaluate.ts';
import type { GoldenCase } from '../golden/golden-case.ts';

/** Rounding of one float32 update, over the largest value; the golden trace is float64. */
const FLOAT32_TRACE = 1e-6;

interface OptimizerCase {
  betas: [number, number];
  eps: number;
  /** Of w and of b. */
  weight_decay: [number, number];
  clip_grad: number;
  w0: number[][];
  b0: number[];
  steps: Record<string, number | number[] | number[][]>[];
}

function toInput(values: unknown): FloatInput {
  const rows = values as number[] | number[][];
  const flat = rows.flat() as number[];
  return { shape: Array.isArray(rows[0]) ? [rows.length, (rows[0] as number[]).length] : [rows.length], data: flat };
}

/** Golden name of a state tensor in each step. */
const TRACED = { param: '', exp_avg: 'exp_avg_', exp_avg_sq: 'exp_avg_sq_' } as const;

/** Kind `optimizer`: AdamW with clipping, step by step, on given gradients. */
export async function runOptimizer(golden: GoldenCase, evaluate: Evaluate): Promise<Outcome> {
  const json = golden.json as unknown as OptimizerCase;
  const initial: Record<string, FloatInput> = { w: toInput(json.w0), b: toInput(json.b0) };
  const names = Object.keys(initial);
  const shapes = Object.fromEntries(names.map((name) => [`#${name}`, { shape: initial[name]!.shape }]));
  const decay = json.weight_decay;
  if (decay[1] !== 0) return { skipped: 'two weight decays not supported yet' };
  const step = buildTrainStep({
    // Its gradient is the given one.
    loss: (p, batch) => tf.addN(names.map((name) => tf.sum(tf.mul(p[name]!, batch[`#${name}`]!)))) as tf.Scalar,
    trainable: names.map((name) => ({ name, shape: initial[name]!.shape })),
    fixed: [],
    statistics: [],
    batch: shapes,
    optimiser: {
      betas: json.betas,
      epsilon: json.eps,
      weightDecay: decay[0],
      clipGrad: json.clip_grad,
      group: (name) => ({ lrScale: 1, decayed: name === 'w' }),
    },
    accumulationSteps: 1,
  });
  const state: Record<string, FloatInput> = {};
  for (const [key, { shape }] of Object.entries(step.state)) {
    const given = key.startsWith('param/') ? initial[key.slice('param/'.length)] : undefined;
    state[key] = given ?? { shape, data: new Float32Array(shape.reduce((size, length) => size * length, 1)) };
  }
  const checks: Check[] = [];
  for (const [index, expected] of json.steps.entries()) {
    const hyper = step.hyperValues(index + 1, [expected.lr as number]);
    const results = await evaluate((inputs) => step.run(inputs, 'update'), {
      ...state,
      ...Object.fromEntries(names.map((name) => [`#${name}`, toInput(expected[`grad_${name}`])])),
      ...Object.fromEntries(Object.entries(hyper).map(([key, value]) => [key, { shape: [], data: [value] }])),
    });
    checks.push(
      relativeCheck(`step ${index + 1} norm`, results.gradNorm!, [expected.total_norm as number], FLOAT32_TRACE),
    );
    for (const key of Object.keys(state)) {
      state[key] = { shape: state[key]!.shape, data: results[key]! };
      const [prefix, name] = key.split('/') as [keyof typeof TRACED, string];
      const values = expected[`${TRACED[prefix]}${name}`];
      if (values === undefined) continue;
      checks.push(relativeCheck(`step ${index + 1} ${key}`, results[key]!, toInput(values).data, FLOAT32_TRACE));
    }
  }
  return { checks };
}
