import { type Command, formatTable, numberListOption } from '@mfm/cli';
import { detectLaunch, runJob } from '@mfm/mpi';
import { type AllReduceRow, measureAllReduce } from './all-reduce.ts';
import { launchRanks } from './launch-ranks.ts';
import { fitNetwork, type Network } from './network.ts';

interface AllReduceOptions {
  ranks: string;
  json?: boolean;
}

/** What the command prints as JSON. */
export interface AllReduceReport {
  readonly library: string;
  readonly rows: readonly AllReduceRow[];
  readonly network: Network;
}

const microseconds = (seconds: number) => (seconds * 1e6).toFixed(1);

export function describeBytes(bytes: number): string {
  if (bytes >= 1 << 20) return `${(bytes / 2 ** 20).toFixed(bytes < 10 << 20 ? 1 : 0)} MiB`;
  return `${(bytes / 1024).toFixed(0)} KiB`;
}

function print({ library, rows, network }: AllReduceReport): void {
  const cells = rows.map((row) => [
    ...[row.ranks, describeBytes(row.bytes), microseconds(row.seconds), microseconds(row.medianSeconds)],
    ...[(row.bytes / row.seconds / 1e9).toFixed(2), (row.busBytesPerSecond / 1e9).toFixed(2)],
  ]);
  process.stdout.write(`${formatTable(['ranks', 'bytes', 'µs', 'median µs', 'GB/s', 'bus GB/s'], cells)}\n`);
  process.stdout.write(
    `${library}: latency ${microseconds(network.latency)} µs a message, ${(1 / network.secondsPerByte / 1e9).toFixed(2)} GB/s.\n`,
  );
}

/** In a job: measures its ranks; rank 0 reports. */
const reportJob = (json: boolean): Promise<void> =>
  runJob(async (communicator) => {
    const isRoot = communicator!.rank === 0;
    const rows = await measureAllReduce(communicator!, undefined, (bytes) => {
      if (isRoot) process.stderr.write(`bench allreduce: ${communicator!.size} ranks, ${describeBytes(bytes)} …\n`);
    });
    if (!isRoot) return;
    const report: AllReduceReport = { library: communicator!.library, rows, network: fitNetwork(rows) };
    if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
    else print(report);
  });

/** Sums of each number of ranks on this machine. */
export async function measureHere(rankCounts: readonly number[]): Promise<AllReduceReport> {
  const reports: AllReduceReport[] = [];
  for (const ranks of rankCounts) reports.push(JSON.parse(await launchRanks(ranks, ['allreduce', '--json'])));
  const rows = reports.flatMap((report) => report.rows);
  return { library: reports[0]!.library, rows, network: fitNetwork(rows) };
}

/** Adds `pnpm bench allreduce`. */
export function addAllReduceCommand(command: Command): void {
  command
    .command('allreduce')
    .description(
      'Sums over MPI ranks by message size: of those that mpirun or srun started it on, or else of ranks on this machine.',
    )
    .option('--ranks <counts>', 'numbers of ranks to start on this machine', '2')
    .option('--json', 'print one JSON document')
    .action(async ({ ranks, json }: AllReduceOptions) => {
      if (detectLaunch()) return reportJob(json ?? false);
      const report = await measureHere(numberListOption('--ranks', { integer: true, least: 2 })(ranks));
      if (json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
      else print(report);
    });
}
