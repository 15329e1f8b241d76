import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The real command, running. */
export interface WebServer {
  readonly url: string;
  close(): Promise<void>;
}

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../../dist/server/cli.js', import.meta.url));

/** The first time a model is trained, on machines that may be slow. */
const START_SECONDS = 1000;

function waitForUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    const timer = setTimeout(() => reject(new Error(`pnpm web printed no URL:\n${printed}`)), START_SECONDS * 1000);
    const listen = (chunk: Buffer) => {
      printed += chunk.toString();
      const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(printed)?.[0];
      if (!url) return;
      clearTimeout(timer);
      resolve(url);
    };
    child.stdout!.on('data', listen);
    child.stderr!.on('data', listen);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`pnpm web ended with exit code ${code}:\n${printed}`));
    });
  });
}

/** Starts `pnpm web` on a free port, in the repository's folder, with these further arguments. */
export async function startWebServer(...args: readonly string[]): Promise<WebServer> {
  const child = spawn(process.execPath, [PROGRAM, '--port', '0', ...args], { cwd: ROOT, stdio: 'pipe' });
  const url = await waitForUrl(child);
  return {
    url,
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}
