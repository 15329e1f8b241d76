import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ProbeReply } from './probe.ts';

/** Milliseconds that a probe may take: shaders are compiled, CUDA starts. */
const PATIENCE = 120_000;

/** How a probe ended. */
export type ProbeResult = { readonly milliseconds: number } | { readonly error: string };

/**
 * Runs a tiny graph in a process of its own.
 *
 * @param kind `onnxruntime` or `tfjs`
 * @param name device or backend
 */
export function runProbe(kind: 'onnxruntime' | 'tfjs', name: string): Promise<ProbeResult> {
  const file = fileURLToPath(new URL('../../dist/probe/probe.js', import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, [file, kind, name], { timeout: PATIENCE }, (error, stdout, stderr) => {
      // Libraries may print before the reply; it is the last line.
      const line = stdout.trim().split('\n').at(-1) ?? '';
      try {
        const reply = JSON.parse(line) as ProbeReply;
        resolve('error' in reply ? { error: reply.error } : reply);
      } catch {
        const how = error?.signal ? `killed by ${error.signal}` : `exit code ${error?.code ?? 0}`;
        resolve({
          error: `the process that tried it ended without an answer (${how}). ${stderr.trim().split('\n').at(-1) ?? ''}`,
        });
      }
    });
  });
}
