import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { buildModel, HEADS, probeInputs } from '@mfm/export';
import { writeCheckpoint } from '@mfm/models';
import { type HostTensors, openSession } from '@mfm/onnx';
import { writeTensors } from '../exchange.ts';
import { runProcess } from '../process/run-process.ts';
import type { Plan } from './plan.ts';
import { trainedLikeParameters } from './trained-like.ts';

/** One run of a file. */
export interface CaseRun {
  readonly batch: number;
  /** Path of the inputs, a safetensors file. */
  readonly inputs: string;
  /** What onnxruntime-node gives for them. */
  readonly expected: HostTensors;
}

/** An exported file with inputs and what it must give. */
export interface ExportedCase {
  readonly plan: Plan;
  /** Folder of this case's files. */
  readonly folder: string;
  /** Path of the ONNX file. */
  readonly model: string;
  readonly dynamic: boolean;
  readonly runs: readonly CaseRun[];
}

/** Batches that a file with an open size is run with. */
const BATCHES = [1, 2];

/** Batch of a file that must have one size. */
const FIXED_BATCH = 4;

const SEED = 7;

const EXPORT_SECONDS = 300;

/** The real command, as `pnpm export` calls it. */
const exportCommand = () => join(dirname(createRequire(import.meta.url).resolve('@mfm/export')), 'cli.js');

function checkFinite(outputs: HostTensors, label: string): void {
  for (const [name, { data }] of Object.entries(outputs)) {
    for (let i = 0; i < data.length; i++) {
      if (!Number.isFinite(Number(data[i]))) {
        throw new Error(`exportCase: ${label} must give finite outputs, got ${data[i]} in "${name}".`);
      }
    }
  }
}

/**
 * Exports a row's model with `pnpm export`, from a checkpoint with made-up parameters, and runs it in onnxruntime-node.
 *
 * @param workFolder where the row's folder is made
 * @throws Error with the command's words when it fails
 */
export async function exportCase(plan: Plan, workFolder: string): Promise<ExportedCase> {
  const { model: name, head: headName, opset, config } = plan;
  const label = `${name}-${headName}-opset${opset}`;
  const folder = join(workFolder, label);
  await mkdir(folder, { recursive: true });
  const [checkpoint, model] = [join(folder, 'checkpoint.safetensors'), join(folder, 'model.onnx')];
  const parameters = trainedLikeParameters(config, SEED);
  await writeCheckpoint(checkpoint, { config, model: parameters, step: 1, epoch: 1, seed: SEED });
  const options = ['--checkpoint', checkpoint, '--onnx', model, '--head', headName, '--opset', `${opset}`, '--json'];
  if (HEADS[headName]!.fixedBatch !== undefined) options.push('--batch', `${FIXED_BATCH}`);
  await runProcess(process.execPath, [exportCommand(), ...options], { timeoutSeconds: EXPORT_SECONDS });

  const session = await openSession(model);
  try {
    const probed = { model: buildModel(config), head: await HEADS[headName]!.graph(), parameters };
    const [size] = session.inputs[0]!.shape;
    const dynamic = typeof size !== 'number';
    const runs: CaseRun[] = [];
    for (const batch of dynamic ? BATCHES : [size]) {
      const feeds = probeInputs(probed, batch, batch);
      const inputs = join(folder, `inputs-${batch}.safetensors`);
      await writeTensors(inputs, feeds);
      const expected = await session.run(feeds);
      checkFinite(expected, label);
      runs.push({ batch, inputs, expected });
    }
    return { plan, folder, model, dynamic, runs };
  } finally {
    await session.close();
  }
}
