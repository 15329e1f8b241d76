import { UserError } from '@mfm/cli';
import type { LibraryHandle } from 'koffi';
import type { Communicator, Summable } from './communicator.ts';
import { detectLaunch, type Launch } from './launch.ts';
import { type Handles, LIBRARY_KINDS } from './library-kind.ts';
import { loadLibrary, type MpiLibrary } from './load-library.ts';

/** MPI_THREAD_SERIALIZED, in every library: any thread may call, one at a time. */
const THREAD_SERIALIZED = 2;

/** A C function that koffi can also call on a thread of its own. */
interface NativeFunction {
  (...args: unknown[]): number;
  async(...args: unknown[]): void;
}

function bind(handle: LibraryHandle, { type }: Handles) {
  const declare = (definition: string) => handle.func(definition) as unknown as NativeFunction;
  return {
    init: declare('int MPI_Init_thread(void *argc, void *argv, int required, _Out_ int *provided)'),
    rank: declare(`int MPI_Comm_rank(${type} comm, _Out_ int *rank)`),
    size: declare(`int MPI_Comm_size(${type} comm, _Out_ int *size)`),
    allReduce: declare(
      `int MPI_Allreduce(void *send, void *receive, int count, ${type} datatype, ${type} op, ${type} comm)`,
    ),
    broadcast: declare(`int MPI_Bcast(void *data, int count, ${type} datatype, int root, ${type} comm)`),
    barrier: declare(`int MPI_Barrier(${type} comm)`),
    abort: declare(`int MPI_Abort(${type} comm, int code)`),
    finalize: declare('int MPI_Finalize(void)'),
  };
}

/** Elements of one call: counts are C integers. */
const MOST_ELEMENTS = 2 ** 30;

/** What is to be done where a launcher's processes do not find each other. */
const CONNECT_HINTS: Readonly<Record<string, string>> = {
  srun: 'Pass srun --mpi=pmix for Open MPI, --mpi=pmi2 for MPICH (srun --mpi=list shows what there is), or use mpirun inside sbatch.',
};

function requireWholeJob({ launcher, size: expected }: Launch, size: number, { version, file }: MpiLibrary): void {
  if (size === expected) return;
  throw new UserError(
    `mpi: ${launcher} started ${expected} processes, and ${version} (${file}) sees ${size}: they would train apart. ` +
      (CONNECT_HINTS[launcher] ?? 'Use the mpirun that belongs to the library, or set MFM_MPI_LIBRARY.'),
  );
}

/**
 * Joins the job that this process was started in by `mpirun` or `srun`.
 *
 * @returns undefined in an ordinary process, where no MPI library is looked for
 * @throws UserError when the library is missing, of the wrong kind, or does not find the other processes
 */
export async function connect(launch: Launch | undefined = detectLaunch()): Promise<Communicator | undefined> {
  if (!launch) return undefined;
  const library = await loadLibrary(launch);
  const koffi = (await import('koffi')).default;
  const handles = LIBRARY_KINDS[library.kind].handles((name) => koffi.address(library.handle.symbol(name)));
  const mpi = bind(library.handle, handles);
  const read = (call: (out: number[]) => number) => {
    const out = [0];
    call(out);
    return out[0]!;
  };
  const provided = read((out) => mpi.init(null, null, THREAD_SERIALIZED, out));
  const { world } = handles;
  const [rank, size] = [read((out) => mpi.rank(world, out)), read((out) => mpi.size(world, out))];
  const fail = (error: UserError): never => {
    mpi.finalize();
    throw error;
  };
  try {
    requireWholeJob(launch, size, library);
  } catch (error) {
    fail(error as UserError);
  }
  if (provided < THREAD_SERIALIZED) {
    fail(
      new UserError(
        `mpi: ${library.version} (${library.file}) must allow calls from any thread (MPI_THREAD_SERIALIZED, 2), got ${provided}. ` +
          'Use a build with thread support.',
      ),
    );
  }

  // One call at a time, in the order in which they were asked for: all ranks must agree in it.
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;
  const queue = (name: string, call: NativeFunction, ...args: unknown[]): Promise<void> => {
    const run = () =>
      new Promise<void>((resolve, reject) => {
        call.async(...args, (error: Error | null, code: number) => {
          if (error) reject(error);
          else if (code !== 0) reject(new Error(`mpi: ${name} failed with MPI's error ${code}.`));
          else resolve();
        });
      });
    const result = last.then(run);
    last = result.catch(() => {});
    return result;
  };
  /** In parts that a C integer can count. */
  async function inParts<T extends Summable | Uint8Array>(data: T, call: (part: T) => Promise<void>): Promise<void> {
    const parts: Promise<void>[] = [];
    for (let start = 0; start < data.length; start += MOST_ELEMENTS) {
      parts.push(call(data.subarray(start, start + MOST_ELEMENTS) as T));
    }
    await Promise.all(parts);
  }

  return {
    ...{ rank, size, library: library.version, localSize: launch.localSize },
    allReduce(data) {
      const type = data instanceof Float32Array ? handles.float : handles.double;
      return inParts<Summable>(data, (part) =>
        queue('MPI_Allreduce', mpi.allReduce, handles.inPlace, part, part.length, type, handles.sum, world),
      );
    },
    broadcast(data, root = 0) {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      return inParts(bytes, (part) => queue('MPI_Bcast', mpi.broadcast, part, part.length, handles.byte, root, world));
    },
    barrier: () => queue('MPI_Barrier', mpi.barrier, world),
    abort(code) {
      if (!closed) mpi.abort(world, code);
      process.exit(code);
    },
    async close() {
      await last;
      // On the thread that initialised, as MPI asks.
      if (!closed) mpi.finalize();
      closed = true;
    },
  };
}
