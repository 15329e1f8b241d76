import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from '@mfm/cli';
import type { StepReply } from './step-process.ts';

/** Ways to run the step: the reference first. */
export const ENGINES = [
  { name: 'tfjs-cpu', kind: 'tfjs', device: 'cpu' },
  { name: 'tfjs-wasm', kind: 'tfjs', device: 'wasm' },
  { name: 'tensorflow', kind: 'tensorflow', device: 'auto' },
  { name: 'onnxruntime-cpu', kind: 'onnxruntime', device: 'cpu' },
  { name: 'onnxruntime-webgpu', kind: 'onnxruntime', device: 'webgpu' },
  { name: 'onnxruntime-cuda', kind: 'onnxruntime', device: 'cuda' },
] as const;

/** Largest differences that count as the same: of the loss and the gradient's norm relative, of the others see `EngineRow`. */
export const BOUNDS = { loss: 1e-5, gradNorm: 1e-4, gradient: 1e-4, parameters: 1e-4 } as const;

/** Gradients below this are rounding noise, which AdamW's first step turns into a full step in either direction. */
const NOISE = 1e-6;

/** What one engine computed, beside the reference. */
export interface EngineRow {
  readonly model: string;
  readonly engine: string;
  /** Why it could not be had. */
  readonly error?: string;
  readonly loss?: number;
  readonly milliseconds?: number;
  readonly differences?: {
    /** Relative. */
    readonly loss: number;
    readonly gradNorm: number;
    /** Of the first moments, a tenth of the clipped gradient, over their largest. */
    readonly gradient: number;
    /** Absolute, after a step at a rate of 1e-3, of parameters whose gradient is more than rounding noise. */
    readonly parameters: number;
  };
  readonly passed?: boolean;
}

/** Variables with which ONNX Runtime finds SwiftShader, the software Vulkan that comes with Chromium; undefined where there is none. */
export function swiftShaderEnvironment(): NodeJS.ProcessEnv | undefined {
  const folders = [dirname(findChromium() ?? ''), '/usr/lib/chromium'];
  const folder = folders.find((candidate) => existsSync(join(candidate, 'vk_swiftshader_icd.json')));
  if (!folder) return undefined;
  return { VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'), LD_LIBRARY_PATH: folder };
}

function runStep(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<StepReply> {
  const file = fileURLToPath(new URL('./step-process.js', import.meta.url));
  const options = { env: { ...process.env, ...environment }, maxBuffer: 2 ** 28, timeout: 600_000 };
  return new Promise((resolve) => {
    execFile(process.execPath, [file, ...args], options, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as StepReply);
      } catch {
        const how = error?.signal ? `killed by ${error.signal}` : `exit code ${error?.code ?? 0}`;
        resolve({ error: `ended without an answer (${how}). ${stderr.trim().split('\n').at(-1) ?? ''}` });
      }
    });
  });
}

const decode = (text: string) => {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  return new Float32Array(bytes.buffer);
};

const relative = (value: number, reference: number) => Math.abs(value - reference) / Math.abs(reference);

type Computed = Exclude<StepReply, { error: string }>;

function compare(reply: Computed, reference: Computed): NonNullable<EngineRow['differences']> {
  let [largest, gradient, parameters] = [0, 0, 0];
  for (const [name, text] of Object.entries(reference.expAvg)) {
    const [moments, ours] = [decode(text), decode(reply.expAvg[name]!)];
    const [before, after] = [decode(reference.parameters[name]!), decode(reply.parameters[name]!)];
    for (let i = 0; i < moments.length; i++) {
      largest = Math.max(largest, Math.abs(moments[i]!));
      gradient = Math.max(gradient, Math.abs(moments[i]! - ours[i]!));
      if (Math.abs(moments[i]!) > NOISE) parameters = Math.max(parameters, Math.abs(before[i]! - after[i]!));
    }
  }
  return {
    loss: relative(reply.loss, reference.loss),
    gradNorm: relative(reply.gradNorm, reference.gradNorm),
    ...{ gradient: gradient / largest, parameters },
  };
}

/**
 * Runs one training step of a model on every engine, each in a process of its own, and compares with TensorFlow.js on the CPU.
 *
 * @param model name in `PARITY_ENCODERS`
 * @param environment variables for ONNX Runtime's WebGPU, from `swiftShaderEnvironment`
 */
export async function compareEngines(model: string, environment: NodeJS.ProcessEnv = {}): Promise<EngineRow[]> {
  const rows: EngineRow[] = [];
  let reference: Computed | undefined;
  for (const { name: engine, kind, device } of ENGINES) {
    const reply = await runStep([model, kind, device], device === 'webgpu' ? environment : {});
    if ('error' in reply) {
      rows.push({ model, engine, error: reply.error });
      continue;
    }
    reference ??= reply;
    const differences = compare(reply, reference);
    const passed = Object.entries(BOUNDS).every(([name, bound]) => differences[name as keyof typeof BOUNDS] <= bound);
    rows.push({ model, engine, loss: reply.loss, milliseconds: reply.milliseconds, differences, passed });
  }
  return rows;
}
