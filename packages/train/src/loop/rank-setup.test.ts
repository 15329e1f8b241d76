import { describe, expect, it } from '@jest/globals';
import { threadsOfRank } from './rank-setup.ts';

describe('threadsOfRank', () => {
  it.each<[string, number | undefined, number, number, number]>([
    ['shares the machine between ranks that are not bound', 4, 16, 16, 4],
    ['gives at least one', 8, 2, 2, 1],
    ['takes what a rank is bound to', 4, 4, 16, 4],
    ['takes the machine where nothing is known', undefined, 6, 6, 6],
  ])('%s', (_, localSize, usable, present, expected) => {
    expect(threadsOfRank(localSize, usable, present)).toBe(expected);
  });
});
