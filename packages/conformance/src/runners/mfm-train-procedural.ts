import { isDecayed } from '@mfm/models';
import { singleRate } from '@mfm/train';
import type * as tf from '@tensorflow/tfjs-core';
import {
  absoluteCheck,
  type Check,
  type Numbers,
  norm,
  type Outcome,
  relativeCheck,
  relativeNormCheck,
} from '../check/check.ts';
import { proceduralChecks, sum } from '../check/procedural-checks.ts';
import { TOLERANCE } from '../check/tolerances.ts';
import type { Evaluate, FloatInput } from '../evaluate/evaluate.ts';
import type { GoldenCase } from '../golden/golden-case.ts';
import { type ProceduralTensor, proceduralTensor, sampled } from '../golden/procedural.ts';
import { goldenModel, group, type Inputs, type MfmTrainCase, parameterChecks, passes } from './mfm-train-model.ts';
import {
  afterThreeSteps,
  goldenStep,
  gradientNormChecks,
  injected,
  keyed,
  runSteps,
  statisticsChecks,
  wholeStep,
} from './mfm-train-steps.ts';

interface Norms {
  l2: number;
  sum: number;
}

interface MfmTrainProceduralCase extends MfmTrainCase {
  procedural: { tensors: Record<string, ProceduralTensor> };
  /** Of whole tensors. */
  norms: Record<'grad' | 'step1' | 'step3', Record<string, Norms>>;
}

const samples = (tensors: Inputs): Inputs =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { data }]) => {
      const values = sampled(data as ArrayLike<number>);
      return [name, { shape: [values.length], data: values }];
    }),
  );

/**
 * L2 norm and sum of a whole tensor, where its relative L2 error may be `bound`: the norm then differs by no more, and the sum, by
 * Cauchy and Schwarz, by √n times the error.
 */
function normChecks(name: string, data: Numbers, expected: Norms, bound: number): Check[] {
  return [
    relativeCheck(`norm of ${name}`, [norm(data)], [expected.l2], bound),
    absoluteCheck(`sum of ${name}`, [sum(data)], [expected.sum], bound * expected.l2 * Math.sqrt(data.length)),
  ];
}

/** The first step by clip and AdamW on the sampled gradients; the clipping factor comes from the norm of the whole. */
async function firstStepChecks(
  json: MfmTrainCase,
  { init, gradients, step1 }: Record<'init' | 'gradients' | 'step1', Inputs>,
  shapes: Readonly<Record<string, readonly number[]>>,
  evaluate: Evaluate,
): Promise<Check[]> {
  const names = Object.keys(gradients);
  const factor = Math.min(1, json.train.clip_grad / (json.grad_norms_f64[0]! + 1e-6));
  const clip = ({ shape, data }: FloatInput) => ({
    shape,
    data: Array.from(data as ArrayLike<number>, (g) => g * factor),
  });
  const batch = keyed('#gradient', Object.fromEntries(names.map((name) => [name, clip(gradients[name]!)])));
  const trainable = names.map((name) => ({ name, shape: init[name]!.shape }));
  const parts = { trainable, fixed: [], statistics: [], batch, loss: injected(names) };
  const group = singleRate((name) => isDecayed(name, shapes[name]!));
  const step = goldenStep(json, parts, { clipGrad: Number.POSITIVE_INFINITY, group });
  const given = Object.fromEntries(names.map((name) => [name, init[name]!]));
  const { state } = await runSteps(step, given, batch, json.train.lr, 1, evaluate);
  return names.map((name) =>
    absoluteCheck(`step1/${name}`, state[`param/${name}`]!.data, step1[name]!.data, TOLERANCE.parameterAfterStep),
  );
}

/** Kind `mfm_train_procedural`: as `mfm_train` for a ResNet of real width, parameters by rule, large tensors by samples and norms. */
export async function runMfmTrainProcedural(golden: GoldenCase, evaluate: Evaluate): Promise<Outcome> {
  const json = golden.json as unknown as MfmTrainProceduralCase;
  const model = goldenModel(json);
  const entries = Object.entries(json.procedural.tensors);
  const shapes = Object.fromEntries(entries.map(([name, { shape }]) => [name, shape]));
  const checks = parameterChecks(model, json, shapes);
  if (checks.some(({ error }) => error > 0)) return { checks };
  const parameters = Object.fromEntries(entries.map(([name, entry]) => [name, proceduralTensor(entry)]));
  checks.push(...entries.flatMap(([name, entry]) => proceduralChecks(name, entry, parameters[name]!)));

  const tensors: Inputs = await golden.tensors();
  const batch = { '#image': tensors['input/image']!, '#input': tensors['input/mask']! };
  const results = await evaluate(({ '#image': x, '#input': i, ...rest }) => passes(model, x as tf.Tensor4D, i!, rest), {
    ...parameters,
    ...batch,
  });
  for (const [name, { data }] of Object.entries(group(tensors, 'out/'))) {
    checks.push(relativeCheck(`out/${name}`, results[`out/${name}`] ?? [], data, TOLERANCE.output));
  }
  checks.push(relativeCheck('loss', results.loss!, [json.losses_f64[0]!], TOLERANCE.loss));
  const gradients = group(tensors, 'grad_sampled/');
  for (const [name, { data }] of Object.entries(gradients)) {
    const gradient = results[`grad/${name}`]!;
    checks.push(relativeNormCheck(`grad/${name}`, sampled(gradient), data, TOLERANCE.kinkedGradient));
    checks.push(...normChecks(`grad/${name}`, gradient, json.norms.grad[name]!, TOLERANCE.kinkedGradient));
  }

  const init = samples(parameters);
  const [step1, step3] = [group(tensors, 'step1_sampled/'), group(tensors, 'step3_sampled/')];
  checks.push(...(await firstStepChecks(json, { init, gradients, step1 }, shapes, evaluate)));
  const { lr } = json.train;
  const { metrics } = await runSteps(
    wholeStep(model, json, batch),
    parameters,
    batch,
    lr,
    3,
    evaluate,
    (number, state) => {
      if (number === 2) return;
      const [label, sampledStep] = number === 1 ? (['step1', step1] as const) : (['step3', step3] as const);
      const whole = Object.fromEntries(model.parameters.map(({ name }) => [name, state[`param/${name}`]!]));
      const now = samples(whole);
      // After updates, which noise has part in, the official float32 and float64 statistics are up to 2e-4 apart.
      const tolerance = number === 1 ? TOLERANCE.output : TOLERANCE.resnetGradient;
      checks.push(...statisticsChecks(model, number, keyed('param', now), sampledStep, tolerance));
      for (const [name, { data }] of Object.entries(whole)) {
        checks.push(...normChecks(`${label}/${name}`, data, json.norms[label][name]!, tolerance));
      }
      if (number === 1) return;
      for (const [name, { data: gradient }] of Object.entries(gradients)) {
        const values = { init: init[name]!.data, actual: now[name]!.data, golden: step3[name]!.data, gradient };
        checks.push(afterThreeSteps(model, `step3/${name}`, values));
      }
    },
  );
  const losses = metrics.map(({ loss }) => loss);
  checks.push(relativeCheck('losses of 3 steps', losses, json.losses_f64.slice(0, 3), TOLERANCE.loss));
  const norms = metrics.map(({ gradNorm }) => gradNorm);
  return { checks: [...checks, ...gradientNormChecks(model, norms, json.grad_norms_f64)] };
}
