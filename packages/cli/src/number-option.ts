import { UserError } from './user-error.ts';

/** What numbers an option takes. */
export interface NumberBounds {
  /** Whole numbers alone, of at least 1. */
  readonly integer?: boolean;
  /** The least of whole numbers; others are above 0. */
  readonly least?: number;
  readonly most?: number;
}

const describeBounds = ({ integer = false, least = 1, most }: NumberBounds, [one, many]: [string, string]) => {
  const what = integer ? (least === 1 ? `positive ${many}` : `${many} of at least ${least}`) : `${one} above 0`;
  return most === undefined ? what : `${what} and at most ${most}`;
};

function fits(value: number, { integer = false, least = 1, most = Number.POSITIVE_INFINITY }: NumberBounds): boolean {
  return (integer ? Number.isInteger(value) && value >= least : Number.isFinite(value) && value > 0) && value <= most;
}

const numberIn = (text: string) => (text.trim() === '' ? Number.NaN : Number(text));

/**
 * Parses an option's value as a number above 0; for commander's `argParser`.
 *
 * @throws UserError for anything else, or a number above `most`
 */
export function numberOption(name: string, bounds: Pick<NumberBounds, 'most'> = {}): (text: string) => number {
  return (text) => {
    const value = numberIn(text);
    if (fits(value, bounds)) return value;
    throw new UserError(`${name}: must be ${describeBounds(bounds, ['a number', ''])}, got "${text}".`);
  };
}

/**
 * Parses an option's value as numbers separated by commas, in their order; for commander's `argParser`.
 *
 * @throws UserError where one of them is none, or out of bounds
 */
export function numberListOption(name: string, bounds: NumberBounds = {}): (text: string) => number[] {
  return (text) => {
    const values = text.split(',').map(numberIn);
    if (values.every((value) => fits(value, bounds))) return values;
    const what = describeBounds(bounds, ['numbers', 'integers']);
    throw new UserError(`${name}: must be ${what}, separated by commas, got "${text}".`);
  };
}

/** Parses an option's value as an integer of at least `minimum`; for commander's `argParser`. */
export function integerOption(name: string, minimum = 1): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < minimum) {
      throw new UserError(`${name}: must be an integer of at least ${minimum}, got "${text}".`);
    }
    return value;
  };
}
