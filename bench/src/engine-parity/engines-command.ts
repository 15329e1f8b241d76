import { type Command, formatTable, UserError } from '@mfm/cli';
import { BOUNDS, compareEngines, ENGINES, type EngineRow, swiftShaderEnvironment } from './compare-engines.ts';
import { PARITY_ENCODERS } from './parity-case.ts';

interface EnginesOptions {
  require?: string;
  swiftshader?: boolean;
  json?: boolean;
}

function printRows(rows: readonly EngineRow[]): void {
  const short = (value: number) => value.toExponential(1);
  const table = rows
    .filter(({ error }) => error === undefined)
    .map(({ model, engine, loss, milliseconds, differences, passed }) => [
      ...[
        model,
        engine,
        loss!.toFixed(6),
        ...Object.keys(BOUNDS).map((name) => short(differences![name as keyof typeof BOUNDS])),
      ],
      ...[milliseconds!.toFixed(1), passed ? 'same' : 'DIFFERS'],
    ]);
  const head = ['model', 'engine', 'loss', 'Δ loss', 'Δ gradient norm', 'Δ gradient', 'Δ parameters', 'ms/step', ''];
  process.stdout.write(`${formatTable(head, table)}\n`);
  const bounds = Object.values(BOUNDS).map(short).join(', ');
  process.stdout.write(
    `Differences from tfjs-cpu; bounds ${bounds}: the first two and the gradient relative, parameters absolute.\n`,
  );
  const absent = new Map<string, string[]>();
  for (const { engine, model, error } of rows) {
    if (error) absent.set(`${engine}: ${error}`, [...(absent.get(`${engine}: ${error}`) ?? []), model]);
  }
  for (const [text, models] of absent) process.stdout.write(`${models.join(', ')} on ${text}\n`);
}

/** Adds `pnpm bench engines`. */
export function addEnginesCommand(command: Command): void {
  command
    .command('engines')
    .description(
      'One training step of a ViT, a ResNet and a Swin on every engine, compared. Exit code 1 if one differs.',
    )
    .option(
      '--require <names>',
      `comma-separated, of ${ENGINES.map(({ name }) => name).join(', ')}: fail if one cannot be had`,
    )
    .option('--swiftshader', "WebGPU by Chromium's software Vulkan, where there is no GPU")
    .option('--json', 'print one JSON document')
    .action(async ({ require, swiftshader, json }: EnginesOptions) => {
      const required = require?.split(',') ?? [];
      const unknown = required.find((name) => !ENGINES.some((engine) => engine.name === name));
      if (unknown !== undefined) throw new UserError(`engines: --require must name engines, got "${unknown}".`);
      const environment = swiftshader ? swiftShaderEnvironment() : {};
      if (!environment)
        throw new UserError('engines: --swiftshader needs Chromium. On Debian: apt-get install chromium.');
      const rows: EngineRow[] = [];
      for (const model of Object.keys(PARITY_ENCODERS)) {
        process.stderr.write(`bench engines: ${model} …\n`);
        rows.push(...(await compareEngines(model, environment)));
      }
      if (json) process.stdout.write(`${JSON.stringify({ bench: 'engines', bounds: BOUNDS, rows })}\n`);
      else printRows(rows);
      const isWrong = ({ passed, error, engine }: EngineRow) => (error ? required.includes(engine) : !passed);
      if (rows.some(isWrong)) process.exitCode = 1;
    });
}
