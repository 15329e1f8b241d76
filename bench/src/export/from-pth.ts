import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError, writeFileAtomic } from '@mfm/cli';
import { findModel, initialModel } from '@mfm/export';
import { dict, storage, tensor, zipCheckpoint } from '@mfm/models/testing/pth-writer';
import type { ProcessUsage } from '../usage-at-exit.ts';
import { EXPORT_CLI } from './export-cli.ts';

/** What an export took. */
export interface ExportBench {
  readonly model: string;
  readonly checkpointMegabytes: number;
  readonly fileMegabytes: number;
  /** From the start of the command to its end. */
  readonly seconds: number;
  /** Processor time of all its threads. */
  readonly cpuSeconds: number;
  /** Most memory that the command ever had (VmHWM). */
  readonly peakMegabytes: number;
  /** Peak by the file's size. */
  readonly ratio: number;
  /** Largest difference of any output from the eager model. */
  readonly maxAbsolute: number;
}

const MEGABYTE = 2 ** 20;

/** An untrained model as `torch.save` writes a state dict. */
async function writePth(path: string, name: string): Promise<void> {
  const { parameters } = initialModel((await findModel(name)).config, 0);
  const entries = Object.entries(parameters).map(([parameter, { shape, data }], index) => {
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, length) => product * length, 1));
    return [parameter, tensor(storage('Float', `${index}`, data.length), shape, strides)] as const;
  });
  const storages = Object.fromEntries(Object.values(parameters).map(({ data }, index) => [`${index}`, data]));
  await writeFileAtomic(path, zipCheckpoint(dict({ model: dict(Object.fromEntries(entries)) }), storages));
}

interface CommandOutput {
  readonly parity: { readonly outputs: readonly { readonly maxAbsolute: number }[] };
}

const preload = fileURLToPath(new URL('../usage-at-exit.js', import.meta.url));

/**
 * Times `pnpm export` from a `.pth` to a checked ONNX file in a process of its own.
 *
 * @param name a model of `--model`
 * @throws UserError when the export fails
 */
export async function benchExport(name: string): Promise<ExportBench> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-export-'));
  try {
    const [checkpoint, out, usageFile] = [
      join(folder, 'model.pth'),
      join(folder, 'model.onnx'),
      join(folder, 'usage.json'),
    ];
    await writePth(checkpoint, name);
    const { encoder } = (await findModel(name)).config;
    const heads = encoder.type === 'vit' ? ['--heads', `${encoder.numHeads}`] : [];
    const began = performance.now();
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', preload, EXPORT_CLI, '--checkpoint', checkpoint, ...heads, '--onnx', out, '--json'],
      { encoding: 'utf8', env: { ...process.env, MFM_USAGE_FILE: usageFile } },
    );
    const seconds = (performance.now() - began) / 1000;
    if (status !== 0) throw new UserError(`bench export: the export of ${name} must succeed, got: ${stderr}`);
    const { parity } = JSON.parse(stdout) as CommandOutput;
    const fileMegabytes = (await stat(out)).size / MEGABYTE;
    const { peakMegabytes, cpuSeconds } = JSON.parse(await readFile(usageFile, 'utf8')) as ProcessUsage;
    return {
      ...{ model: name, checkpointMegabytes: (await stat(checkpoint)).size / MEGABYTE, fileMegabytes },
      ...{ seconds, cpuSeconds, peakMegabytes, ratio: peakMegabytes / fileMegabytes },
      maxAbsolute: Math.max(...parity.outputs.map(({ maxAbsolute }) => maxAbsolute)),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}
