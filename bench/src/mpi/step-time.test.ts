import { describe, expect, it } from '@jest/globals';
import { allReduceSeconds, busBytesPerSecond, fitNetwork } from './network.ts';
import { predictRun } from './run-time.ts';
import { expectedLargest, predictStep, type StepCosts } from './step-time.ts';

const COSTS: StepCosts = {
  ...{ compute: [1], data: 0.5, dataCores: 0, gradientBytes: 100e6, bucketBytes: 25e6, overlap: 0 },
};
const NETWORK = { latency: 1e-3, secondsPerByte: 1e-9 };

describe('the time of a sum', () => {
  it('is that of the ring: nothing for one rank, twice the bytes for many', () => {
    expect(allReduceSeconds(NETWORK, 1, 1e9)).toBe(0);
    expect(allReduceSeconds(NETWORK, 2, 1e9)).toBeCloseTo(2e-3 + 1, 10);
    expect(allReduceSeconds(NETWORK, 512, 1e9)).toBeCloseTo(1022e-3 + 2 * (511 / 512), 10);
    expect(allReduceSeconds(NETWORK, 4, 1e9, 3) - allReduceSeconds(NETWORK, 4, 1e9)).toBeCloseTo(12e-3, 10);
  });

  it('gives latency and rate back from measurements, also noisy ones', () => {
    const exact = [2, 4].flatMap((ranks) =>
      [1e3, 1e6, 1e8].map((bytes) => ({ ranks, bytes, seconds: allReduceSeconds(NETWORK, ranks, bytes) })),
    );
    const { latency, secondsPerByte } = fitNetwork(exact);
    expect([latency, secondsPerByte]).toBeAllclose([1e-3, 1e-9]);
    const noisy = exact.map((time, i) => ({ ...time, seconds: time.seconds * (i % 2 ? 1.1 : 0.9) }));
    expect(Math.abs(fitNetwork(noisy).secondsPerByte / 1e-9 - 1)).toBeLessThan(0.15);
    expect(busBytesPerSecond({ ranks: 4, bytes: 100, seconds: 1 })).toBe(150);
  });

  it('has no part below zero, and needs two sizes', () => {
    const falling = [1e3, 1e6].map((bytes) => ({ ranks: 2, bytes, seconds: bytes === 1e3 ? 1e-3 : 9e-4 }));
    expect(fitNetwork(falling).secondsPerByte).toBe(0);
    const steep = [1e3, 1e6].map((bytes) => ({ ranks: 2, bytes, seconds: bytes === 1e3 ? 1e-7 : 1e-3 }));
    expect(fitNetwork(steep).latency).toBe(0);
    expect(() => fitNetwork(falling.slice(1))).toThrow(RangeError);
  });
});

describe('predictStep', () => {
  it('adds up compute, sum and data', () => {
    const step = predictStep(COSTS, NETWORK, 4);
    // Four buckets of six messages each; 1.5 travels of 100 MB.
    expect(step).toMatchObject({ compute: 1, data: 0.5 });
    expect(step.allReduce).toBeCloseTo(24e-3 + 0.15, 10);
    expect(step.efficiency).toBeCloseTo(1.5 / 1.674, 10);
    expect(predictStep(COSTS, NETWORK, 1).efficiency).toBe(1);
  });

  it('hides what the backward pass overlaps, and data that cores of its own make in time', () => {
    expect(predictStep({ ...COSTS, overlap: 1 }, NETWORK, 4)).toMatchObject({ allReduce: 0, efficiency: 1 });
    expect(predictStep({ ...COSTS, dataCores: 1 }, NETWORK, 1)).toMatchObject({ data: 0, total: 1 });
    // Three seconds of work on two cores against one of computing.
    expect(predictStep({ ...COSTS, data: 3, dataCores: 2 }, NETWORK, 1).data).toBeCloseTo(0.5, 10);
  });

  it('waits for the slowest rank', () => {
    expect(expectedLargest([1, 3], 1)).toBe(2);
    expect(expectedLargest([3, 1], 2)).toBe(2.5);
    expect(expectedLargest([1, 2, 3], 10_000)).toBeCloseTo(3, 10);
    const steps = [1, 8, 64].map((ranks) => predictStep({ ...COSTS, compute: [1, 1.1, 1.3] }, NETWORK, ranks));
    expect(steps.map(({ compute }) => compute)).toEqual([...steps.map(({ compute }) => compute)].sort());
  });
});

describe('predictRun', () => {
  it('makes days and bytes a second of a step', () => {
    const step = predictStep({ ...COSTS, data: 0 }, { latency: 0, secondsPerByte: 0 }, 8);
    const run = predictRun(step, { images: 1030, epochs: 300, batchPerRank: 16, bytesPerImage: 1e5 });
    // 8 whole batches of 128.
    expect(run.days).toBeCloseTo((8 * 300) / 86_400, 12);
    expect(run).toMatchObject({ globalBatch: 128, imagesPerSecond: 128, readBytesPerSecond: 128e5 });
  });
});
