import { describe, expect, it } from '@jest/globals';
import { seededRandom } from './seeded-random.ts';

const draw = (random: () => number, count: number) => Array.from({ length: count }, random);

describe('seededRandom', () => {
  it('depends on seed and stream alone', () => {
    expect(draw(seededRandom(3, 5), 8)).toEqual(draw(seededRandom(3, 5), 8));
    const firsts = [seededRandom(3, 5), seededRandom(3, 6), seededRandom(4, 5), seededRandom(5, 3)].map((r) => r());
    expect(new Set(firsts).size).toBe(4);
  });

  it('is uniform: mean, variance and neighbours as they must be', () => {
    const values = draw(seededRandom(1), 20_000);
    const mean = (list: number[]) => list.reduce((a, b) => a + b, 0) / list.length;
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    // Four standard errors each.
    expect(Math.abs(mean(values) - 0.5)).toBeLessThan(0.0082);
    expect(Math.abs(mean(values.map((v) => (v - 0.5) ** 2)) - 1 / 12)).toBeLessThan(0.0022);
    expect(Math.abs(mean(values.slice(1).map((v, i) => (v - 0.5) * (values[i]! - 0.5))))).toBeLessThan(0.0024);
  });

  it('gives streams whose first numbers are uniform too', () => {
    const firsts = Array.from({ length: 4000 }, (_, stream) => seededRandom(7, stream)());
    const mean = firsts.reduce((a, b) => a + b, 0) / firsts.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.0183);
  });
});
