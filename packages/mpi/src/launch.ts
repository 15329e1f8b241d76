/** The two families of MPI libraries: their handles differ (see `library-kind.ts`), so a program is of one or the other. */
export type LibraryKind = 'openmpi' | 'mpich';

/** How a process was started as one of several. */
export interface Launch {
  /** For messages. */
  readonly launcher: string;
  readonly rank: number;
  readonly size: number;
  /** This process's number among those on this machine, where the launcher tells. */
  readonly localRank: number | undefined;
  /** Ranks on this machine, where the launcher tells. */
  readonly localSize: number | undefined;
  /** The library that the launcher belongs to; undefined where it starts either. */
  readonly kind: LibraryKind | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

interface Launcher {
  readonly launcher: string;
  readonly kind: LibraryKind | undefined;
  readonly rank: string;
  readonly size: string;
  readonly localRank: string;
  readonly localSize: string;
}

/** Variables by which launchers tell a process its place, the most specific first. A new launcher is a new row. */
const LAUNCHERS: readonly Launcher[] = [
  {
    ...{ launcher: "Open MPI's mpirun", kind: 'openmpi', rank: 'OMPI_COMM_WORLD_RANK', size: 'OMPI_COMM_WORLD_SIZE' },
    localRank: 'OMPI_COMM_WORLD_LOCAL_RANK',
    localSize: 'OMPI_COMM_WORLD_LOCAL_SIZE',
  },
  // Within a Slurm step, before PMI: srun --mpi=pmi2 sets both, and starts either library.
  // A batch script and an interactive allocation are no step of several tasks, and train on their own.
  {
    ...{ launcher: 'srun', kind: undefined, rank: 'SLURM_PROCID', size: 'SLURM_STEP_NUM_TASKS' },
    localRank: 'SLURM_LOCALID',
    localSize: 'SLURM_STEP_TASKS_PER_NODE',
  },
  // Hydra: MPICH, Intel MPI, MVAPICH.
  {
    ...{ launcher: "MPICH's mpirun", kind: 'mpich', rank: 'PMI_RANK', size: 'PMI_SIZE' },
    localRank: 'MPI_LOCALRANKID',
    localSize: 'MPI_LOCALNRANKS',
  },
];

/** The number a variable begins with (`4(x2)` is Slurm's for four on each of two nodes). */
function numberOf(text: string | undefined): number | undefined {
  const digits = /^\d+/.exec(text ?? '')?.[0];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * Whether an MPI launcher started this process as one of several, by the environment alone: no library is loaded to find out.
 *
 * @returns undefined for an ordinary process, and for a job of one
 */
export function detectLaunch(environment: Environment = process.env): Launch | undefined {
  for (const { launcher, kind, ...names } of LAUNCHERS) {
    const [rank, size] = [numberOf(environment[names.rank]), numberOf(environment[names.size])];
    if (rank === undefined || size === undefined || size < 2) continue;
    const [localRank, localSize] = [names.localRank, names.localSize].map((name) => numberOf(environment[name]));
    return { launcher, kind, rank, size, localRank, localSize };
  }
  return undefined;
}
