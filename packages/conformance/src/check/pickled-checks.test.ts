import { describe, expect, it } from '@jest/globals';
import type { PthTensor, PthValue } from '@mfm/models';
import { passes } from './check.ts';
import { pickledChecks } from './pickled-checks.ts';

const tensor: PthTensor = { shape: [3], type: 'F32', data: Float32Array.from([3, -4, 0]) };
const summary = { shape: [3], dtype: 'float32', sum: -1, l2: 5, first: [3, -4] };
const step: PthTensor = { shape: [], type: 'F32', data: Float32Array.of(2) };
const actual = (more: [string, PthValue][] = []): PthValue =>
  new Map<string | number, PthValue>([['t', tensor], [0, step], ['list', [1, null, 'x']], ...more]);
const expected = { t: summary, 0: 2, list: [1, null, 'x'] };

const holds = (value: PthValue, document: unknown) => pickledChecks('root', value, document).every(passes);

describe('pickledChecks', () => {
  it('passes what agrees: tensors by their sums, one element by its value', () => {
    expect(holds(actual(), expected)).toBe(true);
  });

  it.each([
    ['a sum', { ...expected, t: { ...summary, sum: -1.00001 } }],
    ['a norm', { ...expected, t: { ...summary, l2: 5.00001 } }],
    ['a first value', { ...expected, t: { ...summary, first: [3, 4] } }],
    ['a type', { ...expected, t: { ...summary, dtype: 'int64' } }],
    ['a shape', { ...expected, t: { ...summary, shape: [1, 3] } }],
    ['a number', { ...expected, 0: 3 }],
    ['a text', { ...expected, list: [1, null, 'y'] }],
    ['a length', { ...expected, list: [1, null] }],
    ['a missing key', { ...expected, more: 1 }],
    ['another kind of value', { ...expected, list: 'x' }],
  ])('fails when %s differs', (_, document) => {
    expect(holds(actual(), document)).toBe(false);
  });

  it('fails for a key that the document does not have', () => {
    expect(holds(actual([['more', 1]]), expected)).toBe(false);
  });
});
