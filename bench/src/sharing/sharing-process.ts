import { once } from 'node:events';
import { createEngine } from '@mfm/train';
import { presetStep } from '../preset-step.ts';

// One of several jobs at once: gets ready, says so, and at the word to begin makes steps for so many seconds.

/** What a job did, as one line of JSON. */
export interface JobResult {
  readonly steps: number;
  readonly seconds: number;
}

const [preset = '', batchSize = '', seconds = ''] = process.argv.slice(2);
const { step, initial, batch } = presetStep(preset, Number(batchSize));
const engine = await createEngine({ kind: 'onnxruntime', step, initial, accumulationSteps: 1, device: 'cpu' });
for (let i = 0; i < 2; i++) await engine.step(batch, [1e-4]);
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const start = performance.now();
const elapsed = () => (performance.now() - start) / 1000;
let steps = 0;
for (; elapsed() < Number(seconds); steps++) await engine.step(batch, [1e-4]);
const result: JobResult = { steps, seconds: elapsed() };
await engine.close();
process.stdin.destroy();
process.stdout.write(`${JSON.stringify(result)}\n`);
