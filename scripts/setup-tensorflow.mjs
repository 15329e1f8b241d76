// Fetches libtensorflow and the native binding of TensorFlow.js for pnpm train --engine tensorflow, by the install script that the package has for it.
// With --gpu the CUDA build (Linux and Windows; CUDA 11.2, cuDNN 8.1). Where its host cannot be reached: node interop/tensorflow/build-binding.mjs.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const BREAKS_BINDING = 23;

function fail(message) {
  console.error(`setup:tensorflow: ${message}`);
  process.exit(2);
}

const { values } = parseArgs({ options: { gpu: { type: 'boolean', default: false }, help: { type: 'boolean' } } });
if (values.help) {
  console.log(
    'Usage: pnpm setup:tensorflow [--gpu]\n\nDownloads libtensorflow (about 200 MB, with --gpu 600 MB) for --engine tensorflow.',
  );
  process.exit(0);
}
const [major] = process.versions.node.split('.').map(Number);
if (major >= BREAKS_BINDING)
  fail(`tfjs-node 4.22 needs Node below ${BREAKS_BINDING}, this is ${process.versions.node}.`);

const name = `@tensorflow/tfjs-node${values.gpu ? '-gpu' : ''}`;
let packageFile;
try {
  packageFile = createRequire(new URL('../packages/train/package.json', import.meta.url)).resolve(
    `${name}/package.json`,
  );
} catch {
  fail(`${name} is not installed. Run "npm run setup" first; it is left out where pnpm skips optional dependencies.`);
}
const home = dirname(packageFile);
const findBinding = () => createRequire(packageFile)('@mapbox/node-pre-gyp').find(packageFile);

// The install script rewrites package.json for a moment; pnpm's file is a link into its store, which must stay as it is.
copyFileSync(packageFile, `${packageFile}.own`);
renameSync(`${packageFile}.own`, packageFile);
const { status } = spawnSync(process.execPath, ['scripts/install.js', values.gpu ? 'gpu' : 'cpu', 'download'], {
  cwd: home,
  stdio: 'inherit',
  env: { ...process.env, PATH: [join(home, 'node_modules', '.bin'), process.env.PATH].join(delimiter) },
});
if (status !== 0 || !existsSync(findBinding())) {
  fail(
    'the download failed (see above). TFJS_NODE_CDN_STORAGE or TFJS_NODE_BASE_URI name another host; ' +
      'on Linux x64 "node interop/tensorflow/build-binding.mjs" builds the CPU binding from what PyPI has.',
  );
}
console.log('setup:tensorflow: done. "pnpm doctor" tries it.');
