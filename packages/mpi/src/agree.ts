import type { Communicator } from './communicator.ts';

/** Another rank has failed and says why: this one ends without a word. */
export class PeerFailure extends Error {
  override name = 'PeerFailure';
  readonly rank: number;

  /** @param rank the one that failed */
  constructor(rank: number) {
    super(`Rank ${rank} failed.`);
    this.rank = rank;
  }
}

/** Errors that every rank knows of. */
const shared = new WeakSet<object>();

/** Whether the other ranks know of an error: they have {@link PeerFailure} in its place, and wait for nothing. */
export const isShared = (error: unknown): boolean => error instanceof Object && shared.has(error);

/** Gives every rank the text of rank 0. */
async function broadcastText(communicator: Communicator, text: string): Promise<string> {
  const own = new TextEncoder().encode(text);
  const length = Float64Array.of(own.length);
  await communicator.broadcast(length);
  const bytes = communicator.rank === 0 ? own : new Uint8Array(length[0]!);
  await communicator.broadcast(bytes);
  return new TextDecoder().decode(bytes);
}

/**
 * Does work on every rank, and fails on all where it fails on one: the lowest rank that failed throws its error, the others
 * {@link PeerFailure}. So that no rank waits for one that has given up.
 */
export async function together<T>(communicator: Communicator, work: () => Promise<T>): Promise<T> {
  let [result, failure]: [T | undefined, unknown] = [undefined, undefined];
  const failed = new Float64Array(communicator.size);
  try {
    result = await work();
  } catch (error) {
    failure = error;
    failed[communicator.rank] = 1;
  }
  await communicator.allReduce(failed);
  const first = failed.findIndex((count) => count > 0);
  if (first < 0) return result as T;
  if (first === communicator.rank) {
    if (failure instanceof Object) shared.add(failure);
    throw failure;
  }
  throw new PeerFailure(first);
}

/** {@link fromRoot}, and in an ordinary process the work alone. */
export const onRoot = <T>(communicator: Communicator | undefined, work: () => Promise<T>): Promise<T> =>
  communicator ? fromRoot(communicator, work) : work();

/**
 * Does work on rank 0 and gives every rank its result; an error is thrown on rank 0, {@link PeerFailure} on the others.
 *
 * @param work gives a value that JSON holds whole, or undefined
 */
export async function fromRoot<T>(communicator: Communicator, work: () => Promise<T>): Promise<T> {
  const result = await together(communicator, async () => (communicator.rank === 0 ? await work() : undefined));
  const text = await broadcastText(communicator, JSON.stringify({ result }));
  return (communicator.rank === 0 ? result : JSON.parse(text).result) as T;
}

/** Every rank's value, in the order of ranks; of values that JSON holds whole. */
export async function gather<T>(communicator: Communicator, value: T): Promise<T[]> {
  const own = new TextEncoder().encode(JSON.stringify(value));
  const lengths = new Float64Array(communicator.size);
  lengths[communicator.rank] = own.length;
  await communicator.allReduce(lengths);
  const values: T[] = [];
  for (const [rank, length] of lengths.entries()) {
    const bytes = rank === communicator.rank ? own : new Uint8Array(length);
    await communicator.broadcast(bytes, rank);
    values.push(JSON.parse(new TextDecoder().decode(bytes)) as T);
  }
  return values;
}
