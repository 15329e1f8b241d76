import { runJob } from '@mfm/mpi';
import { median } from '../timing.ts';
import { launchRanks } from './launch-ranks.ts';
import type { Network } from './network.ts';
import { type RankTimings, type RankWork, timeRank } from './rank-timings.ts';
import { predictStep, type StepCosts, type StepTime } from './step-time.ts';

/** One number of ranks, measured and predicted. */
export interface ScalingRow {
  readonly ranks: number;
  /** Ranks share cores. */
  readonly oversubscribed: boolean;
  /** Seconds of a training step: median of the best round. */
  readonly step: number;
  readonly efficiency: number;
  readonly predicted: StepTime;
}

/** Of several rounds the one with the fastest steps: other work on the machine only ever slows. */
export const bestRound = (rounds: readonly RankTimings[]): RankTimings =>
  rounds.reduce((best, other) => (median(other.step) < median(best.step) ? other : best));

/**
 * What a step costs by the timings of one number of ranks.
 *
 * @param isBusy other jobs run on the machine: processor time is what the ranks would take without them
 * @param coresPerRank 1, or less where ranks share cores: computing and making images then take so much longer
 */
export function costsOf(timings: RankTimings, coresPerRank = 1, isBusy = false): StepCosts {
  const { gradientBytes, bucketBytes } = timings;
  const compute = isBusy ? timings.processor : timings.compute;
  const data = isBusy ? timings.dataProcessor : timings.data;
  return {
    ...{ compute: compute.map((seconds) => seconds / coresPerRank), data: data / coresPerRank, dataCores: 0 },
    ...{ gradientBytes, bucketBytes, overlap: 0 },
  };
}

/**
 * Compares every number of ranks with what is predicted for it from the computing and data of `from`, and the network.
 *
 * @param from timings with all cores of the machine at work, as they are on a node in use
 */
export function compareScaling(
  timings: readonly RankTimings[],
  from: RankTimings,
  network: Network,
  coresOf: (ranks: number) => number,
): ScalingRow[] {
  const one = timings.find(({ ranks }) => ranks === 1) ?? from;
  return timings.map((timing) => {
    const { ranks } = timing;
    const coresPerRank = Math.min(1, coresOf(ranks));
    const own = ranks === 1 ? one : from;
    const predicted = predictStep(costsOf(own, coresPerRank), network, ranks);
    const alone = predictStep(costsOf(one), network, 1).total;
    const step = median(timing.step);
    return {
      ...{ ranks, step, oversubscribed: coresPerRank < 1 },
      efficiency: median(one.step) / step,
      predicted: { ...predicted, efficiency: alone / predicted.total },
    };
  });
}

/** Measures each number of ranks in jobs of their own, round after round. */
export async function measureScaling(
  rankCounts: readonly number[],
  work: RankWork,
  args: readonly string[],
  rounds: number,
  onJob: (ranks: number, round: number) => void,
): Promise<RankTimings[]> {
  const found = new Map<number, RankTimings[]>();
  for (let round = 1; round <= rounds; round++) {
    for (const ranks of rankCounts) {
      onJob(ranks, round);
      const timings =
        ranks === 1 ? await timeRank(work, undefined) : (JSON.parse(await launchRanks(ranks, args)) as RankTimings);
      found.set(ranks, [...(found.get(ranks) ?? []), timings]);
    }
  }
  return [...found.values()].map(bestRound);
}

/** One rank of a job that `measureScaling`, or a user's launcher, started: rank 0 prints the timings as JSON. */
export const reportRank = (work: RankWork): Promise<void> =>
  runJob(async (communicator) => {
    const timings = await timeRank(work, communicator);
    if ((communicator?.rank ?? 0) === 0) process.stdout.write(`${JSON.stringify(timings)}\n`);
  });
