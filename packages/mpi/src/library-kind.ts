import { UserError } from '@mfm/cli';
import type { Launch, LibraryKind } from './launch.ts';

/** A handle as the C function takes it: an address, or an integer. */
export type Handle = bigint | number;

/** Constants of MPI's C interface, which every library defines in its own way. */
export interface Handles {
  /** C type of handles. */
  readonly type: 'void *' | 'int';
  readonly world: Handle;
  readonly float: Handle;
  readonly double: Handle;
  readonly byte: Handle;
  readonly sum: Handle;
  /** MPI_IN_PLACE, an address that is none. */
  readonly inPlace: bigint;
}

interface Kind {
  readonly title: string;
  /** What MPI_Get_library_version begins with. */
  readonly versions: readonly RegExp[];
  /** What the system may call the library, tried in this order. */
  readonly files: readonly string[];
  readonly handles: (address: (symbol: string) => bigint) => Handles;
  /** Debian's package. */
  readonly package: string;
}

/** Both kinds of library, from their `mpi.h`. */
export const LIBRARY_KINDS: Readonly<Record<LibraryKind, Kind>> = {
  // Handles are addresses of variables that the library exports (ompi/include/mpi.h.in).
  openmpi: {
    title: 'Open MPI',
    versions: [/^Open MPI/],
    files: ['libmpi.so.40', 'libmpi.40.dylib', 'libmpi.so', 'libmpi.dylib'],
    handles: (address) => ({
      type: 'void *',
      world: address('ompi_mpi_comm_world'),
      float: address('ompi_mpi_float'),
      double: address('ompi_mpi_double'),
      byte: address('ompi_mpi_byte'),
      sum: address('ompi_mpi_op_sum'),
      inPlace: 1n,
    }),
    package: 'libopenmpi3',
  },
  // Handles are numbers, the same in all libraries of the MPICH ABI: MPICH, Intel MPI, MVAPICH, Cray MPICH (src/include/mpi.h.in).
  mpich: {
    title: 'MPICH',
    versions: [/^MPICH/, /^Intel\(R\) MPI/, /^MVAPICH/, /^CRAY MPICH/i],
    files: ['libmpich.so.12', 'libmpi.so.12', 'libmpich.so', 'libmpi.so', 'libmpi.12.dylib', 'libmpi.dylib'],
    handles: () => ({
      type: 'int',
      world: 0x44000000,
      float: 0x4c00040a,
      double: 0x4c00080b,
      byte: 0x4c00010d,
      sum: 0x58000003,
      inPlace: -1n,
    }),
    package: 'libmpich12',
  },
};

const KIND_NAMES = Object.keys(LIBRARY_KINDS) as LibraryKind[];

/** The first line of a version text up to its first comma: `Open MPI v4.1.4`. */
export const shortVersion = (version: string): string =>
  version
    .split(/[\n,]/)[0]!
    .replace(/Version:/, '')
    .replace(/\s+/g, ' ')
    .trim();

/**
 * The kind of a library by what MPI_Get_library_version says.
 *
 * @throws UserError for a library that is of neither kind
 */
export function kindOfVersion(version: string, file: string): LibraryKind {
  const kind = KIND_NAMES.find((name) => LIBRARY_KINDS[name].versions.some((pattern) => pattern.test(version)));
  if (kind) return kind;
  throw new UserError(
    `mpi: the library must be Open MPI or of MPICH's family, got "${shortVersion(version)}" (${file}). ` +
      'Set MFM_MPI_LIBRARY to the path of one that is.',
  );
}

/** @throws UserError where the launcher belongs to the other kind of library: every process would be a job of its own */
export function requireKind({ launcher, kind }: Launch, actual: LibraryKind, version: string, file: string): void {
  if (kind === undefined || kind === actual) return;
  throw new UserError(
    `mpi: this job was started by ${launcher}, so that the library must be ${LIBRARY_KINDS[kind].title}, ` +
      `got ${shortVersion(version)} (${file}). Start it with that library's mpirun, or set MFM_MPI_LIBRARY to the path of ` +
      `${LIBRARY_KINDS[kind].title}'s libmpi.`,
  );
}

/** File names to try, those of the launcher's kind first. */
export function candidateFiles({ kind }: Launch): string[] {
  const kinds = kind === undefined ? KIND_NAMES : [kind, ...KIND_NAMES.filter((name) => name !== kind)];
  return [...new Set(kinds.flatMap((name) => LIBRARY_KINDS[name].files))];
}
