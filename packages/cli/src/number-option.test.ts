import { describe, expect, it } from '@jest/globals';
import { numberListOption, numberOption } from './number-option.ts';
import { UserError } from './user-error.ts';

describe('numberOption', () => {
  it('takes numbers above 0, up to the largest', () => {
    expect(numberOption('--t')('0.07')).toBe(0.07);
    expect(numberOption('--t', { most: 1 })('1')).toBe(1);
    for (const text of ['0', '-1', '', ' ', 'x', 'Infinity', '1.5']) {
      expect(() => numberOption('--t', { most: 1 })(text)).toThrow(
        new UserError(`--t: must be a number above 0 and at most 1, got "${text}".`),
      );
    }
  });
});

describe('numberListOption', () => {
  it('keeps the order', () => expect(numberListOption('--x')('3, 0.5,1')).toEqual([3, 0.5, 1]));

  it.each([
    [{}, '1,0', 'numbers above 0'],
    [{ most: 1 }, '0.5,2', 'numbers above 0 and at most 1'],
    [{ integer: true }, '1,2.5', 'positive integers'],
    [{ integer: true, least: 2 }, '2,1', 'integers of at least 2'],
    [{ integer: true, most: 1024 }, '1,1025', 'positive integers and at most 1024'],
    [{ integer: true }, '', 'positive integers'],
    [{}, '1,,2', 'numbers above 0'],
  ])('refuses what is out of %j: "%s"', (bounds, text, what) => {
    expect(() => numberListOption('--x', bounds)(text)).toThrow(
      new UserError(`--x: must be ${what}, separated by commas, got "${text}".`),
    );
  });
});
