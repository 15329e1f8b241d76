// Builds TensorFlow.js's native binding against the libtensorflow that lies in TensorFlow's wheel on PyPI, for machines that do not reach the
// host from which tfjs-node downloads its own (2.9.1). Linux on x64. Needs Python 3 with venv, and g++.
//
//   node interop/tensorflow/build-binding.mjs [--version 2.12.1] [--force]
//
// 2.12 is the first release whose wheel has libtensorflow_cc.so.2; before it (2.9 to 2.11 were looked at) the C interface is inside a Python module,
// which needs Python's symbols when it is loaded.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import headers from 'node-api-headers';

const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
const BREAKS_BINDING = 23;

function fail(message) {
  console.error(`build-binding: ${message}`);
  process.exit(2);
}

function run(title, command, args) {
  console.log(`» ${title}`);
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) fail(`"${command} ${args[0]} …" failed${error ? `: ${error.message}` : ''}. Nothing was changed.`);
}

const { values } = parseArgs({
  options: { version: { type: 'string', default: '2.12.1' }, force: { type: 'boolean', default: false } },
});

if (process.platform !== 'linux' || process.arch !== 'x64') {
  fail(`it works on Linux on x64, this is ${process.platform} on ${process.arch}. Use "pnpm setup:tensorflow".`);
}
const [major] = process.versions.node.split('.').map(Number);
if (major >= BREAKS_BINDING)
  fail(`tfjs-node 4.22 needs Node below ${BREAKS_BINDING}, this is ${process.versions.node}.`);

const train = createRequire(new URL('../../packages/train/package.json', import.meta.url));
const packageFile = train.resolve('@tensorflow/tfjs-node/package.json');
const home = dirname(packageFile);
/** Where tfjs-node looks for it. */
const target = createRequire(packageFile)('@mapbox/node-pre-gyp').find(packageFile);
const libraryFolder = join(home, 'deps', 'lib');

if (existsSync(target) && !values.force) {
  console.log(`build-binding: already there: ${target}`);
  process.exit(0);
}

// Beside the target: what is complete is renamed into place.
const scratch = mkdtempSync(join(home, '.build-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

// An environment of its own: Debian's Python may come without pip, or not let it write.
run('prepare pip', 'python3', ['-m', 'venv', join(scratch, 'venv')]);
run(`download tensorflow-cpu ${values.version} (200 MB)`, join(scratch, 'venv', 'bin', 'python'), [
  ...['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:'],
  ...['--python-version', '3.10', '--platform', 'manylinux2014_x86_64', '--dest', scratch],
  `tensorflow-cpu==${values.version}`,
]);
const wheel = readdirSync(scratch).find((name) => name.endsWith('.whl'));
const unpack = [
  'import sys, zipfile',
  'archive = zipfile.ZipFile(sys.argv[1])',
  'wanted = tuple(sys.argv[3:])',
  'archive.extractall(sys.argv[2], [name for name in archive.namelist() if name.startswith(wanted)])',
].join('\n');
run('unpack libraries and headers', 'python3', [
  ...['-c', unpack, join(scratch, wheel), scratch],
  ...['tensorflow/libtensorflow', 'tensorflow/include/tensorflow/', 'tensorflow/include/tsl/'],
]);
const tensorflow = join(scratch, 'tensorflow');
const absent = LIBRARIES.filter((name) => !existsSync(join(tensorflow, name)));
if (absent.length > 0) fail(`the wheel of ${values.version} has no ${absent.join(', ')}. Use 2.12.1 or newer.`);

const built = join(scratch, 'tfjs_binding.node');
run('compile the binding', 'g++', [
  ...['-O2', '-std=c++17', '-shared', '-fPIC', '-w', '-DNAPI_VERSION=8', '-DNODE_GYP_MODULE_NAME=tfjs_binding'],
  ...[`-I${headers.include_dir}`, `-I${home}`, `-I${join(tensorflow, 'include')}`],
  ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(home, 'binding', file)),
  ...[`-L${tensorflow}`, ...LIBRARIES.map((name) => `-l:${name}`), '-Wl,-rpath,$ORIGIN/../../deps/lib'],
  ...['-o', built],
]);
mkdirSync(libraryFolder, { recursive: true });
for (const name of LIBRARIES) renameSync(join(tensorflow, name), join(libraryFolder, name));
mkdirSync(dirname(target), { recursive: true });
renameSync(built, target);
console.log(
  `build-binding: done, TensorFlow ${values.version}. "pnpm doctor" tries it; pnpm train --engine tensorflow uses it.`,
);
process.exit(0);
