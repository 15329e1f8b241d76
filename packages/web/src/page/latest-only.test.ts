import { describe, expect, it } from '@jest/globals';
import { latestOnly } from './latest-only.ts';

const turn = () => new Promise((resolve) => setTimeout(resolve));

describe('latestOnly', () => {
  it('runs once for all calls during a run, and not twice at once', async () => {
    const releases: (() => void)[] = [];
    const ask = latestOnly(
      () => new Promise((resolve) => releases.push(resolve)),
      () => {},
    );
    ask();
    ask();
    ask();
    await turn();
    expect(releases).toHaveLength(1);
    releases[0]!();
    await turn();
    expect(releases).toHaveLength(2);
    releases[1]!();
    await turn();
    expect(releases).toHaveLength(2);
    ask();
    await turn();
    expect(releases).toHaveLength(3);
  });

  it('tells an error, and runs again when asked again', async () => {
    const errors: unknown[] = [];
    let runs = 0;
    const ask = latestOnly(
      async () => {
        runs++;
        throw new Error('no');
      },
      (error) => errors.push(error),
    );
    ask();
    await turn();
    ask();
    await turn();
    expect(runs).toBe(2);
    expect(errors).toHaveLength(2);
  });
});
