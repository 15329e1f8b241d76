/** What a sum over processes costs: `2(p − 1)` messages one after the other, and every byte sent and added `2(p − 1)/p` times. */
export interface Network {
  /** Seconds of one message of no length. */
  readonly latency: number;
  /** Seconds of one byte sent, received and added. */
  readonly secondsPerByte: number;
}

/** A measured sum. */
export interface SumTime {
  readonly ranks: number;
  readonly bytes: number;
  readonly seconds: number;
}

const messages = (ranks: number) => 2 * (ranks - 1);
const travels = (ranks: number) => (2 * (ranks - 1)) / ranks;

/**
 * Seconds of summing up so many bytes over all ranks, by the ring algorithm, which all libraries use for large arrays (Patarasuk and Yuan 2009): the
 * least traffic that there can be, whatever the number of ranks.
 *
 * @param calls in so many parts, one after the other
 */
export function allReduceSeconds(network: Network, ranks: number, bytes: number, calls = 1): number {
  if (ranks === 1) return 0;
  return calls * messages(ranks) * network.latency + travels(ranks) * bytes * network.secondsPerByte;
}

/**
 * Latency and seconds per byte of measured sums: least squares of the relative errors, neither below zero.
 *
 * @throws RangeError for fewer than two sizes
 */
export function fitNetwork(times: readonly SumTime[]): Network {
  if (new Set(times.map(({ bytes }) => bytes)).size < 2) {
    throw new RangeError(`fitNetwork: sums of at least two sizes must be measured, got ${times.length} times.`);
  }
  let [aa, ab, bb, a, b] = [0, 0, 0, 0, 0];
  for (const { ranks, bytes, seconds } of times) {
    // Divided by the time: an error of 10 % counts the same for 4 kB and for 100 MB.
    const [x, y] = [messages(ranks) / seconds, (travels(ranks) * bytes) / seconds];
    aa += x * x;
    ab += x * y;
    bb += y * y;
    a += x;
    b += y;
  }
  const determinant = aa * bb - ab * ab;
  const [latency, secondsPerByte] = [(a * bb - b * ab) / determinant, (b * aa - a * ab) / determinant];
  if (latency < 0) return { latency: 0, secondsPerByte: b / bb };
  if (secondsPerByte < 0) return { latency: a / aa, secondsPerByte: 0 };
  return { latency, secondsPerByte };
}

/** Bytes a second that the busiest link carries both ways in a sum: what is compared with a network's nominal rate. */
export const busBytesPerSecond = ({ ranks, bytes, seconds }: SumTime): number => (travels(ranks) * bytes) / seconds;
