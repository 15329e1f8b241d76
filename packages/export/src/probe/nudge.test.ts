import { describe, expect, it } from '@jest/globals';
import { buildModel } from '../built-model.ts';
import { HEADS } from '../heads/head-table.ts';
import { initialModel } from '../model-source.ts';
import { TINY_PRETEXTS } from '../testing/tiny-models.ts';
import { nudge } from './nudge.ts';
import { probeInputs } from './probe-inputs.ts';

describe('nudge', () => {
  it('moves pixels to opposite sides by at most 1e-5, and nothing else', async () => {
    const config = TINY_PRETEXTS[0]![1];
    const { parameters } = initialModel(config, 1);
    const probed = { model: buildModel(config), head: await HEADS.reconstruction!.graph(), parameters };
    const feeds = probeInputs(probed, 2, 1);
    const [one, other] = [nudge(probed, feeds, 1), nudge(probed, feeds, -1)];
    expect([one.mask, other.mask]).toEqual([feeds.mask, feeds.mask]);
    const [pixels, up, down] = [feeds, one, other].map(({ image }) => image!.data as Float32Array);
    const moves = [...pixels!].map((value, i) => up![i]! - value);
    expect(Math.max(...moves.map(Math.abs))).toBeLessThan(1.02e-5);
    expect(moves.filter((move) => Math.abs(move) > 2e-6).length).toBeGreaterThan(0.7 * moves.length);
    for (const [i, value] of pixels!.entries()) expect(Math.abs(value - down![i]! - moves[i]!)).toBeLessThan(2e-7);
  });
});
