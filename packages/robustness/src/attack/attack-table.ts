import { didYouMean, UserError } from '@mfm/cli';
import type { Attack, AttackSettings } from './attack.ts';
import { gradientAttack } from './gradient-attack.ts';
import type { Norm } from './norm.ts';
import { searchByQueries } from './query-search.ts';
import { simba } from './simba.ts';
import { dctBasis, pixelBasis, type SimbaBasis } from './simba-basis.ts';
import { square } from './square.ts';

/** ε of the protocol for L∞ (RVT's code, used by MFM's line of work). */
const PROTOCOL_EPSILON = 1 / 255;

/** Length of a perturbation of the protocol's ε in every value: its ball in L2. */
const protocolLength = (side: number) => PROTOCOL_EPSILON * Math.sqrt(3 * side * side);

const protocolRadius = (norm: Norm, side: number) => (norm === 'linf' ? PROTOCOL_EPSILON : protocolLength(side));

/** Radii at which the query attacks were published on ImageNet, L2 in proportion to the side. */
const queryRadius = (norm: Norm, side: number) => (norm === 'linf' ? 0.05 : (5 * side) / 224);

const UNUSED = { stepSize: 0, steps: 1, restarts: 1, queries: 0 };

const fgsm: Attack = {
  name: 'fgsm',
  needs: 'gradient',
  summary: 'one step of length ε along the gradient',
  takes: ['norm', 'epsilon', 'targeted', 'band'],
  defaults: (norm = 'linf', side) => ({ ...UNUSED, norm, epsilon: protocolRadius(norm, side) }),
  run: (model, batch, classes, settings) =>
    gradientAttack(model, batch, classes, { ...settings, steps: 1, stepSize: settings.epsilon }, false),
};

/** Projected gradient steps: the same attack with another norm for a default. */
const pgdOf = (name: string, usual: Norm, summary: string): Attack => ({
  name,
  needs: 'gradient',
  summary,
  takes: ['norm', 'epsilon', 'stepSize', 'steps', 'restarts', 'targeted', 'band'],
  defaults(norm = usual, side) {
    const epsilon = protocolRadius(norm, side);
    return { ...UNUSED, norm, epsilon, stepSize: epsilon / 2, steps: 5 };
  },
  run: (model, batch, classes, settings) => gradientAttack(model, batch, classes, settings, true),
});

const squareOf = (name: string, usual: Norm, summary: string): Attack => ({
  name,
  needs: 'logits',
  summary,
  takes: ['norm', 'epsilon', 'queries', 'targeted'],
  defaults: (norm = usual, side) => ({ ...UNUSED, norm, epsilon: queryRadius(norm, side), queries: 5000 }),
  run: (model, batch, classes, settings) =>
    searchByQueries(model, batch, classes, settings, square(settings.targeted !== undefined)),
});

const simbaOf = (name: string, basisOf: (side: number) => SimbaBasis, summary: string): Attack => ({
  name,
  needs: 'logits',
  summary,
  takes: ['norm', 'epsilon', 'stepSize', 'queries', 'targeted'],
  defaults: (norm = 'l2', side) => ({
    ...UNUSED,
    norm,
    epsilon: queryRadius(norm, side),
    stepSize: 0.2,
    queries: 5000,
  }),
  run: (model, batch, classes, settings) =>
    searchByQueries(model, batch, classes, settings, simba(basisOf, settings.targeted !== undefined)),
});

/** Every attack. A new one is a row here. */
export const ATTACKS: readonly Attack[] = [
  fgsm,
  pgdOf('pgd', 'linf', 'steps along the gradient from a random start'),
  pgdOf('pgd-l2', 'l2', 'the same in a Euclidean ball'),
  squareOf('square', 'linf', 'random squares, without gradients'),
  squareOf('square-l2', 'l2', 'the same in a Euclidean ball'),
  simbaOf('simba', pixelBasis, 'random pixels, without gradients'),
  simbaOf('simba-dct', dctBasis, 'random low frequencies, without gradients'),
];

/** @throws UserError for a name that is not in the table */
export function findAttack(name: string): Attack {
  const found = ATTACKS.find((attack) => attack.name === name);
  if (found) return found;
  const names = ATTACKS.map((attack) => attack.name);
  throw new UserError(`findAttack: unknown attack "${name}"${didYouMean(name, names)}`);
}

/** Settings that a user gives, of all or some attacks. */
export type GivenSettings = Partial<Omit<AttackSettings, 'seed'>>;

const isPositive = (value: number) => value > 0 && Number.isFinite(value);
const isCount = (value: number) => Number.isInteger(value) && value > 0;

/** What numbers must be, in the order of their checks. */
const RULES: Readonly<
  Partial<Record<keyof AttackSettings, readonly [must: string, holds: (value: number) => boolean]>>
> = {
  epsilon: ['a number above 0', isPositive],
  stepSize: ['a number above 0', isPositive],
  steps: ['a positive integer', isCount],
  restarts: ['a positive integer', isCount],
  queries: ['a positive integer', isCount],
};

/**
 * An attack's settings: those given, else its defaults. A step that is not given follows ε: half of it, where that is the default.
 *
 * @param side of the square images in pixels
 * @throws UserError for a setting that the attack has no use for, or that means nothing
 */
export function resolveSettings(
  attack: Attack,
  given: GivenSettings & { readonly seed?: number | undefined },
  side: number,
): AttackSettings {
  const { seed = 0, ...chosen } = given;
  const set = Object.entries(chosen).filter(([, value]) => value !== undefined);
  for (const [key, value] of set) {
    if (!attack.takes.includes(key as (typeof attack.takes)[number])) {
      throw new UserError(
        `resolveSettings: ${attack.name} must be given ${attack.takes.join(', ')} alone, got ${key}.`,
      );
    }
    const rule = RULES[key as keyof AttackSettings];
    if (rule && !rule[1](value as number)) {
      throw new UserError(`resolveSettings: ${key} of ${attack.name} must be ${rule[0]}, got ${value}.`);
    }
  }
  const defaults = attack.defaults(chosen.norm, side);
  const scale = (chosen.epsilon ?? defaults.epsilon) / defaults.epsilon;
  const followsEpsilon = attack.needs === 'gradient';
  const stepSize = followsEpsilon ? defaults.stepSize * scale : defaults.stepSize;
  return { ...defaults, stepSize, ...Object.fromEntries(set), seed };
}
