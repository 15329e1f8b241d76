import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));

/** Where the built page lies. */
export const PAGE_FOLDER = join(PACKAGE, 'dist', 'page-files');

async function newest(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const times = entries
    .filter((entry) => entry.isFile())
    .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).mtimeMs);
  return Math.max(...(await Promise.all(times)));
}

async function isCurrent(): Promise<boolean> {
  const built = await stat(join(PAGE_FOLDER, 'index.html')).catch(() => undefined);
  if (!built) return false;
  const sources = await Promise.all(['src', 'page'].map((folder) => newest(join(PACKAGE, folder))));
  return sources.every((time) => time < built.mtimeMs);
}

/**
 * Builds the page with Vite where it is missing or older than its sources. Everything it needs, ONNX Runtime's binaries too, is then in one
 * folder.
 */
export async function buildPage(): Promise<void> {
  if (await isCurrent()) return;
  process.stdout.write('Building the page …\n');
  const { build, defaultClientConditions } = await import('vite');
  await build({
    configFile: false,
    root: join(PACKAGE, 'page'),
    base: './',
    logLevel: 'warn',
    // The builds of onnxruntime-web that take their binaries from where they are told.
    resolve: { conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions] },
    worker: { format: 'es' },
    build: {
      outDir: PAGE_FOLDER,
      emptyOutDir: true,
      target: 'es2022',
      assetsInlineLimit: 0,
      modulePreload: false,
      rolldownOptions: { checks: { pluginTimings: false } },
    },
  });
}
