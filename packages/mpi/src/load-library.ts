import { UserError } from '@mfm/cli';
import type { LibraryHandle } from 'koffi';
import type { Launch, LibraryKind } from './launch.ts';
import { candidateFiles, kindOfVersion, LIBRARY_KINDS, requireKind, shortVersion } from './library-kind.ts';

/** A libmpi that fits the job. */
export interface MpiLibrary {
  readonly handle: LibraryHandle;
  readonly kind: LibraryKind;
  /** Such as `Open MPI v4.1.4`. */
  readonly version: string;
  readonly file: string;
}

/** Room for MPI_Get_library_version: MPI_MAX_LIBRARY_VERSION_STRING is 256 in Open MPI and 8192 in MPICH. */
const VERSION_BYTES = 8192;

/** Bytes of stack of a call on a thread of its own: MPICH's collectives overflow koffi's 128 KiB. */
const STACK_BYTES = 4 * 2 ** 20;

async function loadKoffi(): Promise<typeof import('koffi')> {
  let koffi: typeof import('koffi');
  try {
    koffi = (await import('koffi')).default as unknown as typeof import('koffi');
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0];
    throw new UserError(
      `mpi: koffi must have a binary for ${process.platform} ${process.arch}, got none (${reason}). Train in one process there.`,
    );
  }
  // Settings are refused once a library is loaded; a second communicator finds them made.
  if (koffi.config().async_stack_size !== STACK_BYTES) koffi.config({ async_stack_size: STACK_BYTES });
  return koffi;
}

/** RTLD_LAZY, the same number on Linux and macOS. */
const LAZY = 1;

/**
 * Keeps a library in memory to the end of the process, by a reference that is never given back. koffi unloads its libraries when Node ends, and threads that have
 * called the library end after that: what Open MPI has told the system to call then (for its TCP transport) would no longer be there.
 */
function keepLoaded(koffi: typeof import('koffi'), file: string): void {
  const open = koffi.load(null).func('void *dlopen(const char *file, int flags)');
  open(file, LAZY);
}

/** Loads the first of the files that there is. */
function openFirst(koffi: typeof import('koffi'), files: readonly string[]): [string, LibraryHandle] | string {
  let reason = '';
  for (const file of files) {
    try {
      // Open MPI's plug-ins look for the library's symbols among the global ones.
      const handle = koffi.load(file, { global: true, lazy: true });
      keepLoaded(koffi, file);
      return [file, handle];
    } catch (error) {
      reason ||= (error as Error).message;
    }
  }
  return reason;
}

function missingLibrary({ launcher, size, kind }: Launch, asked: string | undefined, reason: string): UserError {
  if (asked !== undefined) {
    return new UserError(
      `mpi: MFM_MPI_LIBRARY must be the path of an MPI library, got "${asked}" (${reason}). Correct it, or leave it unset.`,
    );
  }
  const { title, package: debian } = LIBRARY_KINDS[kind ?? 'openmpi'];
  return new UserError(
    `mpi: a job of ${size} processes started by ${launcher} needs an MPI library, and none was found (${reason}). ` +
      `Install ${title} (Debian: apt-get install ${debian}), or set MFM_MPI_LIBRARY to the path of libmpi.`,
  );
}

function readVersion(handle: LibraryHandle, file: string): string {
  let getVersion: (version: Buffer, length: number[]) => number;
  try {
    getVersion = handle.func('int MPI_Get_library_version(_Out_ char *version, _Out_ int *length)');
  } catch {
    throw new UserError(
      `mpi: "${file}" must be an MPI library, got one without MPI_Get_library_version. Correct MFM_MPI_LIBRARY.`,
    );
  }
  const [text, length] = [Buffer.alloc(VERSION_BYTES), [0]];
  getVersion(text, length);
  return text.toString('latin1', 0, length[0]).replace(/\0.*$/s, '');
}

/**
 * Finds and loads the MPI library: `MFM_MPI_LIBRARY`, or else by the names that systems give it, those of the launcher's kind first.
 *
 * @param files names to try where `MFM_MPI_LIBRARY` is not set
 * @throws UserError when there is none, it is no MPI library, or of the kind that the launcher does not start
 */
export async function loadLibrary(
  launch: Launch,
  files: readonly string[] = candidateFiles(launch),
): Promise<MpiLibrary> {
  const asked = process.env.MFM_MPI_LIBRARY || undefined;
  const koffi = await loadKoffi();
  const opened = openFirst(koffi, asked === undefined ? files : [asked]);
  if (typeof opened === 'string') throw missingLibrary(launch, asked, opened);
  const [file, handle] = opened;
  const version = readVersion(handle, file);
  const kind = kindOfVersion(version, file);
  requireKind(launch, kind, version, file);
  return { handle, kind, version: shortVersion(version), file };
}
