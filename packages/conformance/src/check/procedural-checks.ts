import type { FloatInput } from '../evaluate/evaluate.ts';
import { type ProceduralTensor, seedOf } from '../golden/procedural.ts';
import { absoluteCheck, type Check, type Numbers, relativeCheck } from './check.ts';
import { TOLERANCE } from './tolerances.ts';

/** Σ values in float64. */
export function sum(values: Numbers): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += Number(values[i]);
  return total;
}

/** Whether a tensor made by the rule is the one that was meant: what is compared with its results means nothing otherwise. */
export function proceduralChecks(name: string, entry: ProceduralTensor, { data }: FloatInput): Check[] {
  const first = Array.from({ length: entry.first4.length }, (_, index) => data[index]!);
  return [
    absoluteCheck(`seed of ${name}`, [seedOf(entry.key)], [entry.seed], 0),
    absoluteCheck(`first of ${name}`, first, entry.first4, 0),
    relativeCheck(`sum of ${name}`, [sum(data)], [entry.sum_f64], TOLERANCE.float64),
  ];
}
