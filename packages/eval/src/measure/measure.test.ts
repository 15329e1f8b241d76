import { describe, expect, it } from '@jest/globals';
import { classReport, worstConfusions } from './class-report.ts';
import { meanScore, studentQuantile } from './mean-interval.ts';
import { wilsonInterval } from './wilson.ts';

describe('wilsonInterval', () => {
  // scipy.stats.binomtest(k, n).proportion_ci(method='wilson'), scipy 1.17
  it.each([
    [0, 10, 0.0, 0.27753279986288926],
    [10, 10, 0.7224672001371109, 1.0],
    [3, 7, 0.1582198552514697, 0.7495416354723428],
    [437, 1000, 0.40655624686835734, 0.4679259247008226],
    [1, 1, 0.20654931437723745, 1.0],
  ])('of %i in %i equals scipy', (hits, count, low, high) => {
    expect(wilsonInterval(hits, count)).toBeAllclose([low, high], { rtol: 1e-12, atol: 1e-15 });
  });
});

describe('classReport', () => {
  const classes = ['ant', 'bee', 'cat', 'none of these'];
  const report = classReport(Int32Array.of(0, 0, 1, 2, 1, 0), Int32Array.of(0, 1, 1, 2, 2, 2), classes);

  it('counts by true and predicted class, and leaves out classes without images', () => {
    expect(report.confusion).toEqual([
      [1, 0, 0, 0],
      [1, 1, 0, 0],
      [1, 1, 1, 0],
      [0, 0, 0, 0],
    ]);
    expect(report.perClass.map(({ name, count, accuracy }) => [name, count, accuracy])).toEqual([
      ['ant', 1, 1],
      ['bee', 2, 1 / 2],
      ['cat', 3, 1 / 3],
    ]);
    expect(report).toMatchObject({ count: 6, accuracy: 1 / 2, interval: wilsonInterval(3, 6) });
    expect(report.meanClassAccuracy).toBeCloseTo((1 + 1 / 2 + 1 / 3) / 3, 12);
  });

  it('lists mistakes, the most frequent first', () => {
    const labels = Int32Array.of(2, 2, 1);
    expect(worstConfusions(classReport(Int32Array.of(0, 0, 0), labels, classes), classes, 5)).toEqual([
      { label: 'cat', predicted: 'ant', count: 2 },
      { label: 'bee', predicted: 'ant', count: 1 },
    ]);
  });
});

describe('meanScore', () => {
  it.each([
    // scipy.stats.t.ppf(0.975, df), scipy 1.17
    [1, 12.706204736174694],
    [9, 2.262157162798205],
    [11, 2.200985160091639],
    [15, 2.131449545559776],
    [29, 2.045229642132703],
  ])('takes the quantile of Student’s t with %i degrees of freedom', (degrees, expected) => {
    expect(studentQuantile(degrees)).toBeCloseTo(expected, 4);
  });

  it('is the mean with the interval of the mean', () => {
    // scipy.stats.t.interval(0.95, 3, loc=2.5, scale=scipy.stats.sem([1, 2, 3, 4]))
    const { mean, interval, deviation } = meanScore([1, 2, 3, 4]);
    expect([mean, deviation]).toBeAllclose([2.5, Math.sqrt(5 / 3)]);
    expect(interval).toBeAllclose([0.4457397432391206, 4.55426025676088], { rtol: 1e-12 });
    expect(meanScore([7])).toEqual({ mean: 7, interval: [7, 7], deviation: 0 });
  });
});
