import { describe, expect, it } from '@jest/globals';
import { spinOfRank, threadsOfRank } from './rank-share.ts';

describe('threadsOfRank', () => {
  it.each<[string, number | undefined, number, number, number]>([
    ['shares the machine between ranks that are not bound', 4, 16, 16, 4],
    ['gives at least one', 8, 2, 2, 1],
    ['takes what a rank is bound to', 4, 4, 16, 4],
    ['takes the machine where nothing is known', undefined, 6, 6, 6],
  ])('%s', (_, localSize, usable, present, expected) => {
    expect(threadsOfRank({ localSize }, usable, present)).toBe(expected);
  });
});

describe('spinOfRank', () => {
  it.each<[string, number | undefined, NodeJS.ProcessEnv, false | undefined]>([
    ['ranks that share a machine', 2, {}, false],
    ['ranks with a machine each', 1, {}, undefined],
    ['ranks of which nothing is known', undefined, {}, undefined],
    ['what the environment decides', 2, { MFM_SPIN: '1' }, undefined],
  ])('of %s', (_, localSize, environment, expected) => {
    expect(spinOfRank({ localSize }, environment)).toBe(expected);
  });
});
