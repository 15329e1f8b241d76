import { describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import type { Launch } from './launch.ts';
import { candidateFiles, kindOfVersion, LIBRARY_KINDS, requireKind, shortVersion } from './library-kind.ts';

const OPEN_MPI = 'Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4, repo rev: v4.1.4, May 26, 2022';
const MPICH = 'MPICH Version:\t4.0.2\nMPICH Release date:\tThu Apr  7 12:34:45 CDT 2022\n';

const launch = (kind: Launch['kind'], launcher = 'the launcher'): Launch => ({
  ...{ launcher, kind, rank: 0, size: 2 },
  ...{ localRank: 0, localSize: 2 },
});

describe('the kind of an MPI library', () => {
  it.each([
    [OPEN_MPI, 'openmpi', 'Open MPI v4.1.4'],
    [MPICH, 'mpich', 'MPICH 4.0.2'],
    ['Intel(R) MPI Library 2021.9 for Linux* OS\n', 'mpich', 'Intel(R) MPI Library 2021.9 for Linux* OS'],
    ['MVAPICH2 Version      :\t2.3.7\n', 'mpich', 'MVAPICH2 Version : 2.3.7'],
  ])('is told by its version: %s', (version, kind, short) => {
    expect(kindOfVersion(version, 'libmpi.so')).toBe(kind);
    expect(shortVersion(version)).toBe(short);
  });

  it('is refused where it is neither', () => {
    expect(() => kindOfVersion('LAM/MPI 7.1', 'liblam.so')).toThrow(
      new UserError(
        'mpi: the library must be Open MPI or of MPICH\'s family, got "LAM/MPI 7.1" (liblam.so). ' +
          'Set MFM_MPI_LIBRARY to the path of one that is.',
      ),
    );
  });

  it('must be the one that the launcher starts', () => {
    expect(() => requireKind(launch('openmpi', "Open MPI's mpirun"), 'mpich', MPICH, 'libmpich.so.12')).toThrow(
      /started by Open MPI's mpirun, so that the library must be Open MPI, got MPICH 4\.0\.2 \(libmpich\.so\.12\)\. .*MFM_MPI_LIBRARY/,
    );
    expect(() => requireKind(launch('mpich'), 'mpich', MPICH, '')).not.toThrow();
    expect(() => requireKind(launch(undefined), 'mpich', MPICH, '')).not.toThrow();
  });

  it('decides which names are tried first', () => {
    expect(candidateFiles(launch('mpich'))[0]).toBe('libmpich.so.12');
    expect(candidateFiles(launch(undefined))[0]).toBe('libmpi.so.40');
    const all = Object.values(LIBRARY_KINDS).flatMap(({ files }) => files);
    expect(new Set(candidateFiles(launch('openmpi')))).toEqual(new Set(all));
  });
});
