import { UserError } from '@mfm/cli';
import type { RandAugment } from './rand-augment.ts';

const INTEGER = /^\d+$/;
const DECIMAL = /^\d+(\.\d+)?$/;

interface Section {
  /** What its value must look like. */
  pattern: RegExp;
  expects: string;
  set(value: number): Partial<RandAugment>;
}

/** Sections of the string by key. */
const SECTIONS: Record<string, Section> = {
  m: { pattern: /^(\d|10)$/, expects: 'an integer from 0 to 10', set: (magnitude) => ({ magnitude }) },
  n: { pattern: INTEGER, expects: 'an integer', set: (numLayers) => ({ numLayers }) },
  w: { pattern: /^0$/, expects: '0, the only set of weights', set: () => ({ weighted: true }) },
  mstd: { pattern: DECIMAL, expects: 'a decimal number', set: (std) => ({ std }) },
  inc: { pattern: /^[01]$/, expects: '0 or 1', set: (value) => ({ increasing: value === 1 }) },
};

/**
 * Reads timm's RandAugment string, such as `rand-m9-mstd0.5-inc1`: sections separated by dashes, in any order: `m` magnitude
 * (default 10), `n` operations per image (default 2), `mstd` deviation of the magnitude (default 0), `inc1` increasing variants,
 * `w0` weighted draws. Stricter than timm 0.4.12, which skips sections without a number and takes `inc0` for `inc1`.
 *
 * @throws UserError naming the section that is unknown
 */
export function parseRandAugment(text: string): RandAugment {
  const fail = (must: string): never => {
    throw new UserError(`parseRandAugment: ${must} in "${text}". Write e.g. rand-m9-mstd0.5-inc1.`);
  };
  const [policy, ...sections] = text.split('-');
  if (policy !== 'rand') fail(`the policy must be "rand", got "${policy}"`);
  const options: RandAugment = { magnitude: 10, std: 0, numLayers: 2, increasing: false };
  for (const section of sections) {
    const [, key = section, value = ''] = /^(\D+)(.*)$/.exec(section) ?? [];
    const row = Object.hasOwn(SECTIONS, key) ? SECTIONS[key]! : undefined;
    if (!row) {
      const known = Object.keys(SECTIONS).join(', ');
      return fail(`a section must be one of ${known} and a number, got "${section}"`);
    }
    if (!row.pattern.test(value)) fail(`${key} must be ${row.expects}, got "${section}"`);
    Object.assign(options, row.set(Number(value)));
  }
  if (options.weighted && options.increasing)
    fail('w0 must stand without inc1: timm has no weights for those variants, got both');
  return options;
}
