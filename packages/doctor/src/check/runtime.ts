import { execFileSync } from 'node:child_process';
import type { Finding } from './finding.ts';

/** First version of Node that every package runs on, and the first that breaks tfjs-node 4.22 (`util.isNullOrUndefined` is gone). */
const [MINIMUM, BREAKS_TFJS_NODE] = [20, 23];

/** @param version as `process.versions.node` */
export function nodeFinding(version: string): Finding {
  const major = Number(version.split('.')[0]);
  if (major < MINIMUM) {
    const advice = `Install Node ${MINIMUM} or newer from https://nodejs.org.`;
    return { name: 'Node', status: 'broken', detail: version, advice };
  }
  const advice = `TensorFlow's binding (tfjs-node 4.22) needs Node below ${BREAKS_TFJS_NODE}; everything else works.`;
  return { name: 'Node', status: 'ok', detail: version, ...(major >= BREAKS_TFJS_NODE && { advice }) };
}

function pnpmFinding(): Finding {
  try {
    const version = execFileSync('pnpm', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return { name: 'pnpm', status: 'ok', detail: version.trim() };
  } catch {
    const advice = 'Nothing needs it: "npm run" starts the same commands. To have it: npm install --global pnpm.';
    return { name: 'pnpm', status: 'absent', detail: 'not on the path', advice };
  }
}

/** Node and pnpm. */
export const checkRuntime = (): Finding[] => [nodeFinding(process.versions.node), pnpmFinding()];
