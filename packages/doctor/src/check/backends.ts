import { runProbe } from '../probe/run-probe.ts';
import type { Finding } from './finding.ts';

/** TensorFlow.js backends of the eager engine, with what to do for one that is not there. */
const BACKENDS = [
  { backend: 'cpu', required: true, advice: 'Run "npm run setup" again; if that does not help, please report it.' },
  { backend: 'wasm', required: true, advice: 'Run "npm run setup" again; if that does not help, please report it.' },
  {
    backend: 'tensorflow',
    required: false,
    advice:
      'Optional: the compiled engine is faster on a CPU. It needs @tensorflow/tfjs-node or -gpu, whose install script downloads libtensorflow.',
  },
] as const;

/** The eager engine's backends, each tried with a tiny graph. */
export async function checkBackends(): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { backend, required, advice } of BACKENDS) {
    const result = await runProbe('tfjs', backend);
    const name = `tfjs ${backend}`;
    findings.push(
      'error' in result
        ? { name, status: required ? 'broken' : 'absent', detail: result.error.split(/(?<=\.) /)[0]!, advice }
        : { name, status: 'ok', detail: `a tiny graph runs, ${result.milliseconds.toFixed(1)} ms` },
    );
  }
  return findings;
}
