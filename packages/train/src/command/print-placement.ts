import { formatTable } from '@mfm/cli';
import type { Placement } from '@mfm/onnx';
import type { TrainConfig } from '../config/train-config.ts';
import { explainPlacement } from '../loop/explain-placement.ts';

/** The last line: how much of the step leaves the device. */
function verdict(placements: readonly Placement[], device: string): string {
  const wanted = device === 'auto' ? 'cpu' : device.split(':')[0]!;
  const elsewhere = placements.filter(({ provider, op }) => provider !== wanted && !op.startsWith('Memcpy'));
  if (elsewhere.length === 0) return `Every node runs on ${wanted}.`;
  const names = elsewhere.map(({ op, runs, provider }) => `${runs} ${op} (${provider})`);
  return `Not on ${wanted}: ${names.join(', ')}.`;
}

/** `--explain-placement`: prints where each operator of the training step runs. */
export async function printPlacement(config: TrainConfig, json: boolean): Promise<void> {
  const placements = await explainPlacement(config);
  if (json) {
    process.stdout.write(`${JSON.stringify({ device: config.device, placements }, null, 2)}\n`);
    return;
  }
  const rows = placements.map(({ provider, op, runs }) => [provider, op, runs]);
  process.stdout.write(
    `${formatTable(['provider', 'operator', 'nodes'], rows)}\n${verdict(placements, config.device)}\n`,
  );
}
