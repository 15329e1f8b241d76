import { SEVERITIES } from '../corruption/corruption.ts';
import { CORRUPTIONS } from '../corruption/corruption-table.ts';
import { score } from '../evaluate/robustness-result.ts';
import { ALEXNET } from '../mce/alexnet-errors.ts';
import { corruptionErrors } from '../mce/corruption-error.ts';
import { type CorruptionCheck, equalCheck, numbersCheck } from './check.ts';
import type { GoldenFolder } from './golden-folder.ts';

const BOUND = 1e-12;

/** A result with given errors at severities 1 to 5. */
function resultOf(clean: number, errors: Readonly<Record<string, readonly number[]>>) {
  const corruptions = CORRUPTIONS.filter(({ name }) => errors[name]).map(({ name, category, extra }) => {
    const severities = SEVERITIES.map((severity) => ({ severity, ...score(1 - errors[name]![severity - 1]!) }));
    return { name, category, extra, severities, ...score(0) };
  });
  return { clean: score(1 - clean), corruptions };
}

/** The baseline's errors, and CE, relative CE and their means of the worked examples. */
export function checkMce({ mce }: GoldenFolder): CorruptionCheck[] {
  if (!mce) return [];
  const { per_severity, clean_error_used_here } = mce.alexnet;
  return [
    ...Object.entries(per_severity).map(([name, errors]) =>
      equalCheck(`AlexNet, ${name}`, ALEXNET.corrupted[name], errors),
    ),
    equalCheck('AlexNet, clean', ALEXNET.clean, clean_error_used_here),
    ...mce.worked_examples.flatMap(({ name, clean_error, errors, expected }) => {
      const { ce, relativeCE, mCE, relativeMCE } = corruptionErrors(resultOf(clean_error, errors));
      const same = (what: string, actual: number | Record<string, number>, stored: typeof actual | undefined) => {
        if (stored === undefined) return [];
        if (typeof stored === 'number') return [numbersCheck(`${name}: ${what}`, [actual as number], [stored], BOUND)];
        const names = Object.keys(stored);
        const list = (values: Record<string, number>) => names.map((key) => values[key]!);
        return [numbersCheck(`${name}: ${what}`, list(actual as Record<string, number>), list(stored), BOUND)];
      };
      return [
        ...same('CE', ce, expected.CE),
        ...same('relative CE', relativeCE, expected.relative_CE),
        ...same('mCE', mCE, expected.mCE_15),
        ...same('relative mCE', relativeMCE, expected.relative_mCE_15),
      ];
    }),
  ];
}
