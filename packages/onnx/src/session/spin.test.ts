import { describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import { spinByDefault } from './spin.ts';

describe('spinByDefault', () => {
  it.each([
    [{}, true],
    [{ MFM_SPIN: '' }, true],
    [{ MFM_SPIN: '1' }, true],
    [{ MFM_SPIN: '0' }, false],
  ])('%j: %s', (environment, expected) => {
    expect(spinByDefault(environment)).toBe(expected);
  });

  it('says what the variable must be', () => {
    expect(() => spinByDefault({ MFM_SPIN: 'no' })).toThrow(UserError);
    expect(() => spinByDefault({ MFM_SPIN: 'no' })).toThrow(/^MFM_SPIN: must be 0 .* got "no"\.$/);
  });
});
