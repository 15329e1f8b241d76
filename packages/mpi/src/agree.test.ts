import { describe, expect, it } from '@jest/globals';
import { fromRoot, gather, isShared, PeerFailure, together } from './agree.ts';
import type { Communicator } from './communicator.ts';
import { localCommunicators } from './local-communicators.ts';

const onAll = <T>(size: number, work: (communicator: Communicator) => Promise<T>) =>
  Promise.allSettled(localCommunicators(size).map(work));

const values = async <T>(size: number, work: (communicator: Communicator) => Promise<T>): Promise<T[]> =>
  (await onAll(size, work)).map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });

describe('ranks in one process', () => {
  it('sum up and broadcast', async () => {
    const sums = await values(3, async (communicator) => {
      const data = Float32Array.of(communicator.rank, 1);
      await communicator.allReduce(data);
      const text = Uint8Array.of(communicator.rank);
      await communicator.broadcast(text, 2);
      await communicator.barrier();
      return [...data, ...text];
    });
    expect(sums).toEqual([3, 3, 3].map(() => [3, 3, 2]));
  });

  it('fail where they make different calls', async () => {
    const outcomes = await onAll(2, ({ rank, allReduce }) => allReduce(new Float32Array(1 + rank)));
    for (const outcome of outcomes) {
      expect(outcome.status === 'rejected' && String(outcome.reason)).toMatch(/ranks must agree/);
    }
  });
});

describe('together', () => {
  it('gives each rank its own result', async () => {
    expect(await values(3, (c) => together(c, async () => c.rank * 2))).toEqual([0, 2, 4]);
  });

  it('fails on all where it fails on some: the lowest rank says why', async () => {
    const outcomes = await onAll(4, (c) =>
      together(c, async () => {
        if (c.rank % 2 === 1) throw new Error(`of rank ${c.rank}`);
      }),
    );
    const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : undefined));
    expect(reasons[1]).toEqual(new Error('of rank 1'));
    expect(isShared(reasons[1])).toBe(true);
    for (const rank of [0, 2, 3]) expect(reasons[rank]).toEqual(new PeerFailure(1));
  });
});

describe('fromRoot and gather', () => {
  it('give every rank what rank 0 found', async () => {
    const config = { name: 'größer', list: [1, 2.5], nothing: null };
    expect(await values(3, (c) => fromRoot(c, async () => (c.rank === 0 ? config : fail())))).toEqual([
      config,
      config,
      config,
    ]);
    expect(await values(2, (c) => fromRoot(c, async () => undefined))).toEqual([undefined, undefined]);
  });

  it('give every rank what all have, in order', async () => {
    const lists = await values(3, (c) => gather(c, new Array(c.rank).fill(`é${c.rank}`)));
    expect(lists).toEqual([0, 1, 2].map(() => [[], ['é1'], ['é2', 'é2']]));
  });
});

function fail(): never {
  throw new Error('only rank 0 works');
}
