import { type Command, didYouMean, formatTable, integerOption, numberListOption, UserError } from '@mfm/cli';
import { NETWORKS } from './networks.ts';
import { predictRun, type RunTime } from './run-time.ts';
import { predictStep, type StepCosts, type StepTime } from './step-time.ts';

interface PredictOptions {
  ranks: string;
  imagesPerSecond: number;
  batchPerRank: number;
  parameters: number;
  loaderImagesPerSecond: number;
  loaderCores: number;
  network: string;
  images: number;
  epochs: number;
  kilobytesPerImage: number;
  json?: boolean;
}

const positive = (option: string) => (text: string) => {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new UserError(`${option}: must be a number above 0, got "${text}".`);
};

type Row = StepTime & RunTime;

function predict(options: PredictOptions): Row[] {
  const network = NETWORKS[options.network];
  if (!network) {
    const names = Object.keys(NETWORKS);
    throw new UserError(`predict: unknown network "${options.network}"${didYouMean(options.network, names)}`);
  }
  const { batchPerRank, imagesPerSecond, loaderImagesPerSecond, loaderCores: dataCores } = options;
  const costs: StepCosts = {
    ...{ compute: [batchPerRank / imagesPerSecond], data: batchPerRank / loaderImagesPerSecond, dataCores },
    ...{ gradientBytes: options.parameters * 1e6 * 4, bucketBytes: 25e6, overlap: 0 },
  };
  const { images, epochs } = options;
  return numberListOption('--ranks', { integer: true })(options.ranks).map((ranks) => {
    const step = predictStep(costs, network, ranks);
    const run = predictRun(step, { images, epochs, batchPerRank, bytesPerImage: options.kilobytesPerImage * 1e3 });
    return { ...step, ...run };
  });
}

function print(rows: readonly Row[]): void {
  const cells = rows.map((row) => [
    ...[row.ranks, row.globalBatch, (row.total * 1e3).toFixed(0), (row.allReduce * 1e3).toFixed(1)],
    ...[(row.data * 1e3).toFixed(1), `${(100 * row.efficiency).toFixed(1)} %`, row.imagesPerSecond.toFixed(0)],
    ...[(row.readBytesPerSecond / 1e6).toFixed(0), row.days.toFixed(1)],
  ]);
  const head = ['ranks', 'batch', 'ms/step', 'all-reduce ms', 'data ms', 'efficiency', 'images/s', 'read MB/s', 'days'];
  process.stdout.write(`${formatTable(head, cells)}\n`);
}

/** Adds `pnpm bench predict`. */
export function addPredictCommand(command: Command): void {
  command
    .command('predict')
    .description('What a whole training takes on several ranks, by the model compute + all-reduce + data.')
    .requiredOption(
      '--images-per-second <n>',
      'of one rank, measured (pnpm bench step, pnpm train)',
      positive('--images-per-second'),
    )
    .requiredOption('--batch-per-rank <n>', 'images of each rank', integerOption('--batch-per-rank'))
    .requiredOption(
      '--parameters <millions>',
      'of the model: 22.0 for ViT-S/16, 86 for ViT-B/16',
      positive('--parameters'),
    )
    .option('--ranks <counts>', 'numbers of ranks', '1,8,64,512')
    .option('--network <name>', Object.keys(NETWORKS).join(', '), '10 Gbit/s Ethernet')
    .option(
      '--loader-images-per-second <n>',
      'of one core (pnpm bench loader)',
      positive('--loader-images-per-second'),
      600,
    )
    .option(
      '--loader-cores <n>',
      'cores of a rank that only make images; 0: the computing ones do, between steps',
      integerOption('--loader-cores', 0),
      1,
    )
    .option('--images <n>', 'of the data set', integerOption('--images'), 1_281_167)
    .option('--epochs <n>', 'passes over it', integerOption('--epochs'), 300)
    .option('--kilobytes-per-image <n>', 'mean size of a file', positive('--kilobytes-per-image'), 115)
    .option('--json', 'print one JSON document')
    .action((options: PredictOptions) => {
      const rows = predict(options);
      if (options.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
      else print(rows);
    });
}
