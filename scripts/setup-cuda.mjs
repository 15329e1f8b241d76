// Fetches ONNX Runtime's CUDA provider, which the npm package leaves out (Linux on x64; about 200 MB from NuGet), by onnxruntime-node's own
// install script.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

function fail(message) {
  console.error(`setup:cuda: ${message}`);
  process.exit(2);
}

if (process.argv.includes('--help')) {
  console.log(
    'Usage: pnpm setup:cuda\n\nDownloads the CUDA provider of ONNX Runtime for --device cuda. "pnpm doctor" says what else it needs.',
  );
  process.exit(0);
}
if (process.platform !== 'linux' || process.arch !== 'x64') {
  fail(
    `the CUDA provider exists for Linux on x64 alone, this is ${process.platform} on ${process.arch}. Use --device webgpu.`,
  );
}

let entry;
try {
  entry = createRequire(join(root, 'packages', 'onnx', 'package.json')).resolve('onnxruntime-node');
} catch {
  fail('onnxruntime-node is not installed. Run "npm run setup" first.');
}
const home = join(dirname(entry), '..');
const provider = join(home, 'bin', 'napi-v6', 'linux', 'x64', 'libonnxruntime_providers_cuda.so');
if (existsSync(provider)) {
  console.log(`setup:cuda: the provider is already there: ${provider}`);
  process.exit(0);
}
const { status } = spawnSync(
  process.execPath,
  [join(home, 'script', 'install.js'), '--onnxruntime-node-install=cuda12'],
  {
    cwd: home,
    stdio: 'inherit',
  },
);
if (status !== 0 || !existsSync(provider)) {
  fail(
    'the download failed (see above). NuGet must be reachable; GLOBAL_AGENT_HTTPS_PROXY names a proxy. Nothing was changed.',
  );
}
console.log('setup:cuda: done. "pnpm doctor" tries it.');
