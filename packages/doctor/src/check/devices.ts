import { cudaParts, webgpuAdvice } from '@mfm/onnx';
import { type ProbeResult, runProbe } from '../probe/run-probe.ts';
import type { Finding } from './finding.ts';

const NAMES = { cpu: 'onnxruntime cpu', webgpu: 'onnxruntime webgpu', cuda: 'onnxruntime cuda' } as const;

const works = (name: string, { milliseconds }: { milliseconds: number }): Finding => ({
  name,
  status: 'ok',
  detail: `a tiny graph runs, ${milliseconds.toFixed(1)} ms`,
});

/** The reason alone: an error's advice follows in its own place. */
const reason = (error: string) => error.split(/(?<=\.) /)[0]!.replace(/^openSession: /, '');

/** A finding for each part that CUDA lacks, or, where all are there, for the attempt. */
export function cudaFindings(parts: ReturnType<typeof cudaParts>, attempt: ProbeResult | undefined): Finding[] {
  if (attempt && !('error' in attempt)) return [works(NAMES.cuda, attempt)];
  const missing = parts.filter((part) => part.missing.length > 0);
  if (missing.length === 0) {
    const detail = attempt && 'error' in attempt ? reason(attempt.error) : 'not tried';
    return [
      {
        name: NAMES.cuda,
        status: 'broken',
        detail,
        advice: 'Every library is there: is the GPU visible and free? nvidia-smi shows it.',
      },
    ];
  }
  return missing.map(({ name, missing: files, advice }) => ({
    name: `${NAMES.cuda}: ${name}`,
    status: 'absent',
    detail: `missing: ${files.join(', ')}`,
    advice,
  }));
}

/** ONNX Runtime's devices, each tried with a tiny graph. */
export async function checkDevices(): Promise<Finding[]> {
  const cpu = await runProbe('onnxruntime', 'cpu');
  const webgpu = await runProbe('onnxruntime', 'webgpu');
  const parts = cudaParts();
  const isComplete = parts.every(({ missing }) => missing.length === 0);
  const cuda = isComplete ? await runProbe('onnxruntime', 'cuda') : undefined;
  return [
    'error' in cpu
      ? {
          name: NAMES.cpu,
          status: 'broken',
          detail: reason(cpu.error),
          advice: 'Run "npm run setup" again; if that does not help, please report it.',
        }
      : works(NAMES.cpu, cpu),
    'error' in webgpu
      ? { name: NAMES.webgpu, status: 'absent', detail: reason(webgpu.error), advice: webgpuAdvice() }
      : works(NAMES.webgpu, webgpu),
    ...cudaFindings(parts, cuda),
  ];
}
