import { describe, expect, it } from '@jest/globals';
import { score } from '../evaluate/robustness-result.ts';
import { ALEXNET } from './alexnet-errors.ts';
import { corruptionErrors } from './corruption-error.ts';

const EXTRAS = ['speckle_noise', 'gaussian_blur', 'spatter', 'saturate'];

/** A result whose errors are `errors[name]` at severities 1 to 5. */
function resultOf(clean: number, errors: Record<string, readonly number[]>) {
  const corruptions = Object.entries(errors).map(([name, row]) => {
    const severities = row.map((error, i) => ({ severity: (i + 1) as 1 | 2 | 3 | 4 | 5, ...score(1 - error) }));
    return { name, category: 'noise' as const, extra: EXTRAS.includes(name), severities, ...score(0) };
  });
  return { clean: score(1 - clean), corruptions };
}

describe('corruptionErrors', () => {
  it('is 1 for the baseline itself', () => {
    const { mCE, relativeMCE, partial } = corruptionErrors(resultOf(ALEXNET.clean, ALEXNET.corrupted));
    expect([mCE, relativeMCE]).toBeAllclose([1, 1], { rtol: 1e-12 });
    expect(partial).toBe(false);
  });

  it('equals a worked example, computed in Python from the same table', () => {
    const errors = {
      gaussian_noise: [0.2827, 0.3267, 0.3707, 0.4147, 0.4587],
      brightness: [0.2992, 0.3597, 0.4202, 0.4807, 0.5412],
      spatter: [0.40403, 0.56936, 0.73469, 0.90002, 0.999],
    };
    const { ce, relativeCE, mCE, partial } = corruptionErrors(resultOf(0.2387, errors));
    const expected = [0.4181952736150031, 0.7442542579420183, 1.0054465988025287];
    expect(Object.values(ce)).toBeAllclose(expected, { rtol: 1e-12 });
    const relative = [0.2922630012753295, 1.3981758234985981, 1.7073412277350988];
    expect(Object.values(relativeCE)).toBeAllclose(relative, { rtol: 1e-12 });
    // The extra is listed but not averaged.
    expect(mCE).toBeCloseTo((0.4181952736150031 + 0.7442542579420183) / 2, 12);
    expect(partial).toBe(true);
  });

  it('names a corruption that the baseline lacks', () => {
    expect(() => corruptionErrors(resultOf(0.1, { sepia: [0.1] }))).toThrow(/got none for "sepia"/);
  });
});
