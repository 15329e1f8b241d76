import { allReduceSeconds, type Network } from './network.ts';

/** What a step costs on one rank, measured. */
export interface StepCosts {
  /** Seconds of forward pass, backward pass and update, of several steps: ranks wait for the slowest. */
  readonly compute: readonly number[];
  /** Seconds of one core for making this rank's images of a batch. */
  readonly data: number;
  /** Cores of a rank that make images and nothing else; 0: the computing ones make them, between steps. */
  readonly dataCores: number;
  /** Bytes of all gradients. */
  readonly gradientBytes: number;
  /** Most bytes summed up at once. */
  readonly bucketBytes: number;
  /** Share of a sum's time that is spent while the backward pass computes, 0 … 1. */
  readonly overlap: number;
}

/** A step's time in parts, in seconds. */
export interface StepTime {
  readonly ranks: number;
  /** The slowest rank's. */
  readonly compute: number;
  /** What the backward pass does not hide. */
  readonly allReduce: number;
  /** What computing does not hide. */
  readonly data: number;
  readonly total: number;
  /** Total of one rank over this total, the same batch per rank: weak scaling. */
  readonly efficiency: number;
}

/**
 * Mean of the largest of `count` draws from measured values: ranks of a step wait for the slowest of them. From the values' distribution itself
 * (each is the largest with probability (i/n)^count − ((i − 1)/n)^count), which never exceeds the largest value measured.
 */
export function expectedLargest(values: readonly number[], count: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  return sorted.reduce((sum, value, i) => sum + value * (((i + 1) / n) ** count - (i / n) ** count), 0);
}

function partsOf(costs: StepCosts, network: Network, ranks: number): Omit<StepTime, 'efficiency'> {
  const { gradientBytes, bucketBytes, overlap, dataCores } = costs;
  const compute = expectedLargest(costs.compute, ranks);
  const calls = Math.max(1, Math.ceil(gradientBytes / bucketBytes));
  const allReduce = (1 - overlap) * allReduceSeconds(network, ranks, gradientBytes, calls);
  // With cores of its own the loader works ahead, and only what it lacks is waited for.
  const data = dataCores === 0 ? costs.data : Math.max(0, costs.data / dataCores - compute - allReduce);
  return { ranks, compute, allReduce, data, total: compute + allReduce + data };
}

/** Predicts a training step on a number of ranks, each with the same number of images: compute + all-reduce + data. */
export function predictStep(costs: StepCosts, network: Network, ranks: number): StepTime {
  const [one, all] = [partsOf(costs, network, 1), partsOf(costs, network, ranks)];
  return { ...all, efficiency: one.total / all.total };
}
