import { describe, expect, it } from '@jest/globals';
import { detectLaunch } from './launch.ts';

const OPEN_MPI = {
  ...{ OMPI_COMM_WORLD_RANK: '3', OMPI_COMM_WORLD_SIZE: '8' },
  ...{ OMPI_COMM_WORLD_LOCAL_RANK: '1', OMPI_COMM_WORLD_LOCAL_SIZE: '2' },
};

describe('detectLaunch', () => {
  it.each([
    ["Open MPI's mpirun", OPEN_MPI, { rank: 3, size: 8, localRank: 1, localSize: 2, kind: 'openmpi' }],
    [
      "MPICH's mpirun",
      { PMI_RANK: '1', PMI_SIZE: '4', MPI_LOCALRANKID: '1', MPI_LOCALNRANKS: '4' },
      { rank: 1, size: 4, localRank: 1, localSize: 4, kind: 'mpich' },
    ],
    [
      'srun',
      { SLURM_PROCID: '5', SLURM_STEP_NUM_TASKS: '8', SLURM_STEP_TASKS_PER_NODE: '4(x2)', SLURM_LOCALID: '1' },
      { rank: 5, size: 8, localRank: 1, localSize: 4, kind: undefined },
    ],
    // srun --mpi=pmi2 sets PMI's variables too, for either library.
    ['srun', { SLURM_PROCID: '0', SLURM_STEP_NUM_TASKS: '2', PMI_RANK: '0', PMI_SIZE: '2' }, { kind: undefined }],
    // mpirun inside a Slurm allocation.
    ["Open MPI's mpirun", { ...OPEN_MPI, SLURM_PROCID: '0', SLURM_STEP_NUM_TASKS: '2' }, { kind: 'openmpi' }],
  ])('finds %s by its variables', (launcher, environment, expected) => {
    expect(detectLaunch(environment)).toMatchObject({ launcher, ...expected });
  });

  it.each([
    ['an ordinary process', {}],
    ['a job of one', { OMPI_COMM_WORLD_RANK: '0', OMPI_COMM_WORLD_SIZE: '1' }],
    ['a batch script, which is no step of several tasks', { SLURM_PROCID: '0', SLURM_NTASKS: '8' }],
    ['an interactive shell', { SLURM_PROCID: '0', SLURM_NTASKS: '8', SLURM_STEP_NUM_TASKS: '1' }],
  ])('leaves %s alone', (_, environment) => {
    expect(detectLaunch(environment)).toBeUndefined();
  });
});
