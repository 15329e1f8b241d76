import { spawn } from 'node:child_process';

/** What opens a URL, by the platform. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

/** Shows a URL in the user's browser. Where there is none, the URL has been printed anyway. */
export function openBrowser(url: string): void {
  const [program = 'xdg-open', ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
  child.on('error', () => process.stderr.write(`--open: "${program}" cannot be started. Open ${url} yourself.\n`));
  child.unref();
}
