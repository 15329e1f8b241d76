import { describe, expect, it } from '@jest/globals';
import { learningRateAt, type Schedule, scaleLearningRate, scheduleValue } from './schedule.ts';

const base: Schedule = {
  name: 'cosine',
  baseLr: 3e-4,
  warmupLr: 2.5e-7,
  minLr: 2.5e-6,
  totalIterations: 3000,
  warmupIterations: 300,
  decayIterations: 700,
  milestones: [1000, 2000],
};

/** Values that update t sets in the official code, as (t, rate). */
const VALUES: Record<string, { schedule: Schedule; values: readonly (readonly [number, number])[] }> = {
  'cosine with warm-up, 2048 images': {
    schedule: {
      ...base,
      ...{ baseLr: 1.2e-3, warmupLr: 1e-6, minLr: 1e-5, totalIterations: 30000, warmupIterations: 2000 },
    },
    values: [
      [0, 1e-6],
      [1, 1.5995e-6],
      [100, 6.0950000000000004e-5],
      [1999, 0.0011994005],
      [2000, 0.0011869978224366142],
      [2001, 0.0011869848646309752],
      [7500, 0.0010257285348059956],
      [15000, 0.000605],
      [29999, 1.0000003262452544e-5],
      [30000, 1e-5],
      [30005, 1e-5],
    ],
  },
  'cosine without warm-up': {
    schedule: { ...base, totalIterations: 1000, warmupIterations: 0 },
    values: [
      [0, 3e-4],
      [1, 2.999992659487764e-4],
      [333, 2.2575986052240558e-4],
      [999, 2.500734051223591e-6],
      [1000, 2.5e-6],
    ],
  },
  linear: {
    schedule: { ...base, name: 'linear' },
    values: [
      [299, 2.9900083333333333e-4],
      [300, 3e-4],
      [301, 2.9989e-4],
      [1500, 1.68e-4],
      [2999, 3.110000000000016e-6],
      [3005, 2.4500000000000324e-6],
    ],
  },
  step: {
    schedule: { ...base, name: 'step' },
    values: [
      [400, 3e-4],
      [750, 3e-5],
      [1500, 3e-6],
      [2250, 3e-7],
      [2900, 3e-8],
    ],
  },
  multistep: {
    schedule: { ...base, name: 'multistep' },
    values: [
      [750, 3e-4],
      [1000, 3e-5],
      [1500, 3e-5],
      [2250, 3e-6],
    ],
  },
};

describe('scheduleValue', () => {
  it.each(Object.entries(VALUES))('%s has the official values', (_, { schedule, values }) => {
    const received = values.map(([t]) => scheduleValue(schedule, t));
    expect(received).toBeAllclose(
      values.map(([, rate]) => rate),
      { rtol: 1e-12, atol: 0 },
    );
  });
});

describe('learningRateAt', () => {
  it('uses the start of the warm-up in iterations 0 and 1', () => {
    const { schedule } = VALUES['cosine with warm-up, 2048 images']!;
    const rates = [0, 1, 2, 3, 29998, 29999].map((iteration) => learningRateAt(schedule, iteration));
    expect(rates).toBeAllclose([1e-6, 1e-6, 1.5995e-6, 2.199e-6, 1.0000029362072827e-5, 1.0000013049810241e-5], {
      rtol: 1e-12,
      atol: 0,
    });
  });

  it('looks back by a whole accumulation', () => {
    // Steps happen in iterations 3, 7, 11 …; each uses what the previous one set.
    const rates = [3, 7, 11].map((iteration) => learningRateAt(base, iteration, 4));
    expect(rates).toEqual([0, 3, 7].map((t) => scheduleValue(base, t)));
  });
});

describe('scaleLearningRate', () => {
  it.each([
    [3e-4, 2048, 1.2e-3],
    [3e-4, 64, 3.75e-5],
    [2.5e-6, 2048, 1e-5],
  ])('%d per 512 images at %d images is %d', (rate, images, expected) => {
    expect(scaleLearningRate(rate, images)).toBeCloseTo(expected, 15);
  });
});
