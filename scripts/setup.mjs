// Installs the dependencies (npm registry alone) and builds the packages; does nothing that is already done.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const PNPM = 'pnpm@12.21.0';

const [major] = process.versions.node.split('.').map(Number);
if (major < 20) {
  console.error(`setup: Node must be 20 or newer, got ${process.versions.node}. Install it from https://nodejs.org.`);
  process.exit(2);
}

function step(title, command, args, hint) {
  console.log(`» ${title}`);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    console.error(`setup: "${[command, ...args].join(' ')}" failed${error ? ` (${error.message})` : ''}. ${hint}`);
    process.exit(status ?? 1);
  }
}

function isInstalled() {
  const state = join(root, 'node_modules', '.modules.yaml');
  const lock = join(root, 'pnpm-lock.yaml');
  const installed = join(root, 'node_modules', '.pnpm', 'lock.yaml');
  if (!existsSync(state) || !existsSync(installed)) return false;
  return (
    readFileSync(installed, 'utf8') === readFileSync(lock, 'utf8') || statSync(state).mtimeMs > statSync(lock).mtimeMs
  );
}

if (!isInstalled()) {
  step(
    'install (about a minute the first time)',
    'npx',
    ['--yes', PNPM, 'install', '--frozen-lockfile'],
    'Check that the npm registry can be reached.',
  );
}
step(
  'build',
  process.execPath,
  [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b'],
  'This is a bug: please report it with the lines above.',
);
