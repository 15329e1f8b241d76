import { createCommand, integerOption, UserError } from '@mfm/cli';
import { buildPage, PAGE_FOLDER } from './build-page.ts';
import { type Prepared, prepareDefaultModels } from './default-models.ts';
import { MODEL_FILES, type ModelFiles, modelsIn, offerModels } from './model-files.ts';
import { openBrowser } from './open-browser.ts';
import { serve } from './serve.ts';
import { offerFolder } from './static-files.ts';

interface WebArguments extends ModelFiles {
  models?: string;
  port: number;
  open?: boolean;
}

const DEFAULT_PORT = 8123;
const LAST_PORT = 65535;

const EXAMPLES = [
  'pnpm web',
  'pnpm web --port 0 --open',
  'pnpm web --models runs/web',
  'pnpm web --reconstruction restore.onnx --features features.onnx --train-step train.onnx',
];

/** Models that are named one by one go before those of the folder; without any, the default ones are made. */
async function chooseModels(args: WebArguments): Promise<Prepared> {
  const { models, reconstruction, features, trainStep } = args;
  const given = { reconstruction, features, trainStep };
  const named = Object.fromEntries(Object.entries(given).filter(([, path]) => path !== undefined));
  if (models === undefined && Object.keys(named).length === 0) return prepareDefaultModels();
  const files: ModelFiles = { ...(models !== undefined && (await modelsIn(models))), ...named };
  return { files, origin: `Files: ${Object.values(files).join(', ')}.` };
}

async function runWeb(args: WebArguments): Promise<void> {
  if (args.port > LAST_PORT) throw new UserError(`--port: must be at most ${LAST_PORT}, got ${args.port}.`);
  const { files, origin } = await chooseModels(args);
  const models = await offerModels(files, origin);
  await buildPage();
  const { server, url } = await serve(new Map([...(await offerFolder(PAGE_FOLDER)), ...models]), args.port);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      server.close();
      server.closeAllConnections();
    });
  }
  process.stdout.write(`MFM in the browser: ${url}   (Ctrl-C ends it)\n`);
  if (args.open) openBrowser(url);
}

/** The command `pnpm web`. */
export function webCommand() {
  return createCommand(
    'web',
    'Serves a page on 127.0.0.1 that shows what models do to pictures, and trains one in the browser.',
    EXAMPLES,
  )
    .option(
      '--models <folder>',
      `models by their names: ${Object.values(MODEL_FILES)
        .map(({ file }) => file)
        .join(', ')} (default: small ones, which are made)`,
    )
    .option('--reconstruction <file>', 'a model of "pnpm export --head reconstruction"')
    .option('--features <file>', 'a model of "pnpm export --head features"')
    .option('--train-step <file>', 'a model of "pnpm export --head train-step", with its .safetensors beside it')
    .option('--port <number>', '0 for any that is free', integerOption('--port', 0), DEFAULT_PORT)
    .option('--open', 'opens the page in the browser')
    .action(runWeb);
}
