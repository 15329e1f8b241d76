import { afterEach, describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import { connect } from './connect.ts';
import type { Launch } from './launch.ts';
import { loadLibrary } from './load-library.ts';

const LAUNCH: Launch = {
  ...{ launcher: "Open MPI's mpirun", kind: 'openmpi', rank: 0, size: 2 },
  ...{ localRank: 0, localSize: 2 },
};

// What needs a real job is in packages/train/src/mpi-tests.
describe('connect', () => {
  const before = process.env.MFM_MPI_LIBRARY;
  afterEach(() => {
    if (before === undefined) delete process.env.MFM_MPI_LIBRARY;
    else process.env.MFM_MPI_LIBRARY = before;
  });

  it.each([
    ['openmpi', /started by Open MPI's mpirun needs an MPI library.*Install Open MPI .*apt-get install libopenmpi3/],
    ['mpich', /Install MPICH \(Debian: apt-get install libmpich12\), or set MFM_MPI_LIBRARY/],
  ] as const)('says which library to install where there is none: %s', async (kind, expected) => {
    delete process.env.MFM_MPI_LIBRARY;
    const attempt = loadLibrary({ ...LAUNCH, kind }, ['libmpi-that-is-not-there.so.1']);
    await expect(attempt).rejects.toThrow(UserError);
    await expect(attempt).rejects.toThrow(expected);
  });

  it('looks for no library in an ordinary process', async () => {
    process.env.MFM_MPI_LIBRARY = '/none/libmpi.so';
    expect(await connect(undefined)).toBeUndefined();
  });

  it.each([
    [
      'is not there',
      '/none/libmpi.so',
      /MFM_MPI_LIBRARY must be the path of an MPI library, got "\/none\/libmpi\.so" \(.*\)/,
    ],
    [
      'is no MPI library',
      process.platform === 'darwin' ? 'libSystem.dylib' : 'libc.so.6',
      /must be an MPI library, got one without MPI_/,
    ],
  ])('says that MFM_MPI_LIBRARY %s', async (_, path, expected) => {
    process.env.MFM_MPI_LIBRARY = path;
    const attempt = connect(LAUNCH);
    await expect(attempt).rejects.toThrow(UserError);
    await expect(attempt).rejects.toThrow(expected);
  });
});
