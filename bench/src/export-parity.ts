import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The parity check of one head of one model. */
export interface ParityRow {
  readonly model: string;
  readonly head: string;
  /** Largest difference of any output from the eager model; undefined where the export failed. */
  readonly maxAbsolute: number | undefined;
  /** Of gradients, in parts of their largest number. */
  readonly relative: number | undefined;
  readonly seconds: number;
  /** The command's message, where the export failed. */
  readonly error: string | undefined;
}

interface CommandOutput {
  readonly parity: { readonly outputs: readonly { readonly maxAbsolute: number; readonly relative?: number }[] };
}

const cli = join(dirname(createRequire(import.meta.url).resolve('@mfm/export')), 'cli.js');

/** What a head needs besides its name; everything else is the command's own default. */
const HEAD_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  classifier: ['--classes', '1000'],
  gradient: ['--classes', '1000'],
};

/** Exports an untrained model with one head, each in a process of its own, and tells how far it is from the eager model. */
export async function exportParity(model: string, head: string): Promise<ParityRow> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-parity-'));
  const began = performance.now();
  try {
    const options = ['--model', model, '--init', 'random', '--head', head, ...(HEAD_OPTIONS[head] ?? [])];
    const out = join(folder, 'model.onnx');
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...options, '--onnx', out, '--json'], {
      encoding: 'utf8',
    });
    const seconds = (performance.now() - began) / 1000;
    if (status !== 0) {
      const error = stderr.split('\n').find((line) => line.includes(':') && !line.startsWith('parity check'));
      return {
        model,
        head,
        maxAbsolute: undefined,
        relative: undefined,
        seconds,
        error: error ?? `exit code ${status}`,
      };
    }
    const { outputs } = (JSON.parse(stdout) as CommandOutput).parity;
    const relatives = outputs.flatMap(({ relative }) => (relative === undefined ? [] : [relative]));
    return {
      ...{ model, head, seconds, error: undefined },
      maxAbsolute: Math.max(...outputs.map(({ maxAbsolute }) => maxAbsolute)),
      relative: relatives.length > 0 ? Math.max(...relatives) : undefined,
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}
