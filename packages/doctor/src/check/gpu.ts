import { execFileSync } from 'node:child_process';
import { webgpuParts } from '@mfm/onnx';
import type { Finding } from './finding.ts';

const QUERY = ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader'];

function nvidiaFinding(): Finding {
  const name = 'NVIDIA GPU';
  try {
    const text = execFileSync('nvidia-smi', QUERY, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const cards = text.trim().split('\n').filter(Boolean);
    if (cards.length > 0) return { name, status: 'ok', detail: cards.join('; ') };
  } catch {
    // Not there, or it found no card.
  }
  return { name, status: 'absent', detail: 'nvidia-smi is not there, or finds none' };
}

/** GPUs and their drivers. */
export function checkGpu(): Finding[] {
  if (process.platform !== 'linux') return [nvidiaFinding()];
  const { loader, drivers } = webgpuParts();
  const name = 'Vulkan';
  const detail = `loader ${loader ?? 'missing'}, drivers ${drivers.join(', ') || 'none'}`;
  return [nvidiaFinding(), { name, status: loader && drivers.length > 0 ? 'ok' : 'absent', detail }];
}
