import { describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import { localCommunicators } from '@mfm/mpi';
import { measureAllReduce } from './all-reduce.ts';
import { launchRanks } from './launch-ranks.ts';
import { bestRound, compareScaling, costsOf } from './measure-scaling.ts';
import { type RankTimings, timeRank } from './rank-timings.ts';

const timings = (ranks: number, compute: number, step: number): RankTimings => ({
  ...{ ranks, library: undefined, gradientBytes: 8e6, bucketBytes: 25e6 },
  ...{
    compute: [compute],
    processor: [compute / 2],
    allReduce: 0,
    data: 0.1,
    dataProcessor: 0.05,
    step: [step],
    overlap: [],
  },
});

describe('measured scaling', () => {
  it('counts the fastest of several rounds', () => {
    expect(bestRound([timings(2, 1, 3), timings(2, 1, 2), timings(2, 1, 4)]).step).toEqual([2]);
  });

  it('stands beside what the computing and data of a full machine, and the network, predict', () => {
    const [one, two, four] = [timings(1, 1, 1.1), timings(2, 1.2, 1.4), timings(4, 2.5, 2.9)];
    const network = { latency: 0, secondsPerByte: 1e-8 };
    const rows = compareScaling([one, two, four], two, network, (ranks) => 2 / ranks);
    expect(rows.map(({ ranks, oversubscribed }) => [ranks, oversubscribed])).toEqual([
      [1, false],
      [2, false],
      [4, true],
    ]);
    expect(rows.map(({ efficiency }) => efficiency)).toBeAllclose([1, 1.1 / 1.4, 1.1 / 2.9]);
    // Four ranks on two cores compute and read half as fast: 2 · (1.2 + 0.1), and 1.5 travels of 8 MB.
    expect(rows.map(({ predicted }) => predicted.total)).toBeAllclose([1.1, 1.3 + 0.08, 2.6 + 0.12]);
    expect(rows[1]!.predicted.efficiency).toBeCloseTo(1.1 / 1.38, 10);
  });

  it('measures sums on every rank alike', async () => {
    const rows = await Promise.all(localCommunicators(2).map((ranks) => measureAllReduce(ranks, [4096, 1 << 16])));
    expect(rows[0]).toEqual(rows[1]);
    expect(rows[0]!.map(({ bytes, ranks }) => [bytes, ranks])).toEqual([
      [4096, 2],
      [1 << 16, 2],
    ]);
    for (const { seconds, medianSeconds } of rows[0]!)
      expect([seconds > 0, medianSeconds >= seconds]).toEqual([true, true]);
  });

  it('measures computing, sums, data and whole steps of a real training', async () => {
    const work = {
      ...{ preset: 'mfm_pretrain__vit_quickstart', batchPerRank: 2, data: 'synthetic:16', threads: 1, steps: 2 },
      overlapStages: [2],
    };
    const [first, second] = await Promise.all(localCommunicators(2).map((ranks) => timeRank(work, ranks)));
    expect(second).toEqual(first);
    expect(first).toMatchObject({ ranks: 2, gradientBytes: expect.any(Number) });
    expect([first!.compute.length, first!.step.length]).toEqual([4, 2]);
    expect(first!.overlap.map(({ stages }) => stages)).toEqual([1, 2]);
    for (const seconds of [...first!.compute, ...first!.step, first!.data, first!.allReduce]) {
      expect(seconds).toBeGreaterThan(0);
    }
  });
});

describe('costsOf', () => {
  it('takes processor time on a busy machine', () => {
    expect(costsOf(timings(2, 1, 1))).toMatchObject({ compute: [1], data: 0.1 });
    expect(costsOf(timings(2, 1, 1), 1, true)).toMatchObject({ compute: [0.5], data: 0.05 });
  });
});

describe('what is wrong', () => {
  it('says where there is no launcher, and why a job ended', async () => {
    await expect(launchRanks(2, [], 'no-mpirun')).rejects.toThrow(UserError);
    await expect(launchRanks(2, [], 'no-mpirun')).rejects.toThrow(/apt-get install openmpi-bin/);
    await expect(launchRanks(2, [], 'false')).rejects.toThrow(/false -n 2 ended with exit code 1/);
  });
});
