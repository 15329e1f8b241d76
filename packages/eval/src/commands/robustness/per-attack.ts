import { didYouMean, UserError } from '@mfm/cli';
import { ATTACKS } from '@mfm/robustness';

/** A setting for all attacks, or for some by name. */
export interface PerAttack<T> {
  readonly all?: T;
  readonly named: Readonly<Record<string, T>>;
}

/** The value for one attack. */
export const settingFor = <T>(setting: PerAttack<T> | undefined, attack: string): T | undefined =>
  setting?.named[attack] ?? setting?.all;

/**
 * Reads `value`, or `attack=value,attack=value`, or both, the plain value being for the attacks that are not named.
 *
 * @throws UserError for an unknown attack, or two plain values
 */
export function parsePerAttack<T>(option: string, text: string, parse: (text: string) => T): PerAttack<T> {
  const names = ATTACKS.map(({ name }) => name);
  const named: Record<string, T> = {};
  let all: T | undefined;
  for (const part of text.split(',').map((piece) => piece.trim())) {
    const equals = part.indexOf('=');
    if (equals < 0) {
      if (all !== undefined) {
        throw new UserError(`${option}: must be one value, or one for each attack like pgd=…,square=…, got "${text}".`);
      }
      all = parse(part);
      continue;
    }
    const name = part.slice(0, equals).trim();
    if (!names.includes(name)) throw new UserError(`${option}: unknown attack "${name}"${didYouMean(name, names)}`);
    named[name] = parse(part.slice(equals + 1).trim());
  }
  return { ...(all !== undefined && { all }), named };
}

/**
 * A number, or a fraction of two like 4/255, above 0.
 *
 * @throws UserError for anything else
 */
export function parseFraction(option: string, text: string): number {
  const [numerator = '', denominator = '1', ...more] = text.split('/');
  const value =
    numerator.trim() === '' || denominator.trim() === '' ? Number.NaN : Number(numerator) / Number(denominator);
  if (more.length === 0 && value > 0 && Number.isFinite(value)) return value;
  throw new UserError(`${option}: must be a number above 0 or a fraction like 4/255, got "${text}".`);
}
