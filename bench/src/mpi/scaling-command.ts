import { availableParallelism } from 'node:os';
import { type Command, formatTable, integerOption, numberListOption } from '@mfm/cli';
import { detectLaunch } from '@mfm/mpi';
import { median } from '../timing.ts';
import { type AllReduceReport, measureHere } from './all-reduce-command.ts';
import { compareScaling, costsOf, measureScaling, reportRank, type ScalingRow } from './measure-scaling.ts';
import type { Network } from './network.ts';
import { NETWORKS } from './networks.ts';
import type { RankTimings, RankWork } from './rank-timings.ts';
import { predictStep, type StepTime } from './step-time.ts';

interface ScalingOptions {
  ranks: string;
  preset: string;
  batchPerRank: number;
  data: string;
  threads: number;
  steps: number;
  rounds: number;
  overlapStages: string;
  predict: string;
  busy?: boolean;
  json?: boolean;
}

interface Prediction {
  readonly network: string;
  readonly steps: readonly StepTime[];
}

interface ScalingReport {
  readonly preset: string;
  readonly batchPerRank: number;
  readonly timings: readonly RankTimings[];
  readonly allReduce: AllReduceReport | undefined;
  readonly rows: readonly ScalingRow[];
  readonly predictions: readonly Prediction[];
}

const milliseconds = (seconds: number) => (seconds * 1e3).toFixed(1);
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

function printRows({ rows, timings, preset, batchPerRank }: ScalingReport): void {
  process.stdout.write(`${preset}, ${batchPerRank} images a rank; milliseconds\n`);
  const cells = rows.map(({ ranks, oversubscribed, step, efficiency, predicted }, i) => [
    ...[`${ranks}${oversubscribed ? ' *' : ''}`, milliseconds(step), milliseconds(predicted.total)],
    ...[milliseconds(predicted.compute), milliseconds(predicted.allReduce), milliseconds(predicted.data)],
    ...[milliseconds(timings[i]!.allReduce), percent(efficiency), percent(predicted.efficiency)],
  ]);
  const head = ['ranks', 'step', 'predicted', '= compute', '+ all-reduce', '+ data', 'all-reduce alone'];
  process.stdout.write(`${formatTable([...head, 'efficiency', 'predicted'], cells)}\n`);
  if (rows.some(({ oversubscribed }) => oversubscribed)) process.stdout.write('* more ranks than cores.\n');
}

function printOverlap(timings: readonly RankTimings[]): void {
  const cells = timings.flatMap(({ ranks, allReduce, overlap }) =>
    overlap.map(({ stages, compute, step }) => [
      ...[ranks, stages, milliseconds(compute), milliseconds(step), milliseconds(step - compute)],
      milliseconds(allReduce),
    ]),
  );
  if (cells.length === 0) return;
  const head = ['ranks', 'overlapStages', 'step without sums', 'with', 'difference', 'sums alone'];
  process.stdout.write(`${formatTable(head, cells)}\n`);
}

function printPredictions(predictions: readonly Prediction[]): void {
  const cells = predictions.flatMap(({ network, steps }) =>
    steps.map(({ ranks, compute, allReduce, data, total, efficiency }) => [
      ...[network, ranks, milliseconds(total), milliseconds(compute), milliseconds(allReduce), milliseconds(data)],
      percent(efficiency),
    ]),
  );
  const head = ['network', 'ranks', 'step', '= compute', '+ all-reduce', '+ data', 'efficiency'];
  process.stdout.write(`${formatTable(head, cells)}\n`);
}

async function report(options: ScalingOptions, work: RankWork): Promise<ScalingReport> {
  const ranks = numberListOption('--ranks', { integer: true })(options.ranks);
  const targets = numberListOption('--predict', { integer: true })(options.predict);
  const rankArguments = ['scaling', '--preset', work.preset, '--batch-per-rank', String(work.batchPerRank)];
  rankArguments.push('--data', work.data, '--threads', String(work.threads), '--steps', String(work.steps));
  rankArguments.push('--overlap-stages', options.overlapStages);
  const timings = await measureScaling(ranks, work, rankArguments, options.rounds, (count, round) => {
    process.stderr.write(`bench scaling: ${count} ranks, round ${round} of ${options.rounds} …\n`);
  });
  const several = ranks.filter((count) => count > 1);
  const allReduce = several.length > 0 ? await measureHere(several) : undefined;
  const here: Network = allReduce?.network ?? { latency: 0, secondsPerByte: 0 };
  const coresOf = (count: number) => availableParallelism() / (count * work.threads);
  // With every core at work, none shared: what a rank of a full node takes.
  const full = timings.filter((timing) => coresOf(timing.ranks) >= 1).reduce((a, b) => (b.ranks > a.ranks ? b : a));
  const networks = { ...(allReduce && { 'measured here': here }), ...NETWORKS };
  return {
    ...{ preset: work.preset, batchPerRank: work.batchPerRank, timings, allReduce },
    rows: compareScaling(timings, full, here, coresOf),
    predictions: Object.entries(networks).map(([network, constants]) => ({
      network,
      steps: targets.map((count) => predictStep(costsOf(full, 1, options.busy), constants, count)),
    })),
  };
}

function print(found: ScalingReport): void {
  printRows(found);
  printOverlap(found.timings);
  printPredictions(found.predictions);
  const spread = found.timings.map(
    ({ ranks, compute }) => `${ranks}: ${percent(Math.max(...compute) / median(compute) - 1)}`,
  );
  process.stdout.write(`The slowest computing of a step above the median, by ranks: ${spread.join(', ')}.\n`);
}

/** Adds `pnpm bench scaling`. */
export function addScalingCommand(command: Command): void {
  command
    .command('scaling')
    .description(
      'Weak scaling of training over MPI ranks of this machine, beside the model compute + all-reduce + data, and what that predicts for more.',
    )
    .option('--ranks <counts>', 'numbers of ranks to start', '1,2,4')
    .option('--preset <name>', 'what is trained', 'mfm_pretrain__vit_cifar10')
    .option('--batch-per-rank <n>', 'images of each rank', integerOption('--batch-per-rank'), 32)
    .option('--data <path>', 'images, as for pnpm train', 'synthetic')
    .option('--threads <n>', 'threads of each rank', integerOption('--threads'), 1)
    .option('--steps <n>', 'timed steps of each kind', integerOption('--steps'), 10)
    .option('--rounds <n>', 'jobs of each number of ranks, of which the fastest counts', integerOption('--rounds'), 3)
    .option('--overlap-stages <counts>', 'parts of the backward pass, each summed up during the next', '1,4')
    .option('--predict <counts>', 'numbers of ranks to predict', '8,64,512')
    .option('--busy', 'other jobs run on this machine: predict from processor time (with --threads 1)')
    .option('--json', 'print one JSON document')
    .action(async (options: ScalingOptions) => {
      const { preset, batchPerRank, data, threads, steps, json } = options;
      const overlapStages = numberListOption('--overlap-stages', { integer: true })(options.overlapStages);
      const work: RankWork = { preset, batchPerRank, data, threads, steps, overlapStages };
      // Started by mpirun or srun: one of a job's ranks.
      if (detectLaunch()) return reportRank(work);
      const found = await report(options, work);
      if (json) process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
      else print(found);
    });
}
