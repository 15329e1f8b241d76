import type { Communicator, Summable } from './communicator.ts';

/** A call that ranks meet in. */
interface Meeting {
  readonly name: string;
  readonly parts: ArrayBufferView[];
  readonly done: Promise<void>;
  finish(): void;
  fail(error: Error): void;
}

function openMeeting(name: string): Meeting {
  let finish = () => {};
  let fail: Meeting['fail'] = () => {};
  const done = new Promise<void>((resolve, reject) => {
    [finish, fail] = [resolve, reject];
  });
  return { name, parts: [], done, finish, fail };
}

function sumInPlace(parts: readonly Summable[]): void {
  const sum = Float64Array.from(parts[0]!);
  for (const part of parts.slice(1)) for (let i = 0; i < sum.length; i++) sum[i]! += part[i]!;
  for (const part of parts) part.set(sum);
}

function copyFrom(root: number, parts: readonly ArrayBufferView[]): void {
  const bytes = (view: ArrayBufferView) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const source = bytes(parts[root]!).slice();
  for (const part of parts) bytes(part).set(source);
}

/**
 * Ranks that are parts of one process, for tests and trials: a call resolves when every rank has made it. Sums are made in double precision.
 *
 * @throws Error on every rank from a call where they make different ones, which MPI would wait in for ever
 */
export function localCommunicators(size: number): Communicator[] {
  const meetings: Meeting[] = [];
  const made = new Array<number>(size).fill(0);
  const closed = new Set<number>();

  async function meet(rank: number, name: string, part: ArrayBufferView, act: (parts: ArrayBufferView[]) => void) {
    const index = made[rank]!++;
    meetings[index] ??= openMeeting(name);
    const meeting = meetings[index]!;
    if (meeting.name !== name) {
      meeting.fail(new Error(`localCommunicators: ranks must agree, got ${name} and ${meeting.name}.`));
    }
    meeting.parts[rank] = part;
    if (Object.keys(meeting.parts).length === size) {
      act(meeting.parts);
      meeting.finish();
    }
    await meeting.done;
  }

  const nothing = new Uint8Array(0);
  return Array.from({ length: size }, (_, rank) => ({
    ...{ rank, size, library: 'one process', localSize: size },
    allReduce: (data) =>
      meet(rank, `allReduce of ${data.length}`, data, (parts) => sumInPlace(parts as unknown as Summable[])),
    broadcast: (data, root = 0) =>
      meet(rank, `broadcast of ${data.byteLength} from ${root}`, data, (parts) => copyFrom(root, parts)),
    barrier: () => meet(rank, 'barrier', nothing, () => {}),
    abort(code) {
      throw new Error(`localCommunicators: rank ${rank} aborted with ${code}.`);
    },
    async close() {
      closed.add(rank);
      if (closed.size === size) meetings.length = 0;
    },
  }));
}
