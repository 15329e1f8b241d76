import { type Command, formatTable } from '@mfm/cli';
import { MODEL_NAMES } from '@mfm/export';
import { benchExport, type ExportBench } from './from-pth.ts';
import { exportParity, headsOf, type ParityRow } from './parity.ts';

interface ExportOptions {
  readonly model?: string;
  readonly head?: string;
  readonly all?: boolean;
  readonly images?: string;
  readonly json?: boolean;
}

async function benchFromPth(models: readonly string[]): Promise<void> {
  const results: ExportBench[] = [];
  for (const name of models) {
    process.stderr.write(`bench export: ${name} …\n`);
    results.push(await benchExport(name));
  }
  process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
}

function printTable(rows: readonly ParityRow[]): void {
  const cells = rows.map(({ model, head, maxAbsolute, relative, replacedImages, agreement, seconds, error }) => [
    ...[model, head, maxAbsolute?.toExponential(1) ?? '–', relative?.toExponential(1) ?? '', replacedImages || ''],
    ...[agreement ? `${agreement.same} / ${agreement.images}` : '', seconds.toFixed(0), error ?? ''],
  ]);
  const titles = ['model', 'head', 'max |Δ|', 'gradient, relative', 'replaced', 'same class', 's', 'failed'];
  process.stdout.write(`${formatTable(titles, cells)}\n`);
}

/** Adds `pnpm bench export`. */
export function addExportCommand(command: Command): void {
  command
    .command('export')
    .description(
      'From a .pth to a checked ONNX file in a process of its own: seconds and most memory. --all: the parity check of every model and head.',
    )
    .option('--model <names>', 'models of pnpm export, comma-separated (default: vit_base; with --all: every one)')
    .option('--head <names>', 'with --all: heads, comma-separated (default: all that a model has)')
    .option('--all', 'a table of the largest differences from the eager model')
    .option('--images <data set>', 'with --all: 1000 images that classifier and eager model must put in the same class')
    .option('--json', 'print one JSON document, also of the table')
    .action(async ({ model, head, all, images, json }: ExportOptions) => {
      if (!all) return benchFromPth(model?.split(',') ?? ['vit_base']);
      const rows: ParityRow[] = [];
      for (const name of model?.split(',') ?? MODEL_NAMES) {
        for (const headName of head?.split(',') ?? (await headsOf(name))) {
          const row = await exportParity(name, headName, images);
          rows.push(row);
          // At once: all sizes take most of an hour.
          process.stderr.write(`bench export: ${JSON.stringify(row)}\n`);
        }
      }
      if (json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
      else printTable(rows);
    });
}
