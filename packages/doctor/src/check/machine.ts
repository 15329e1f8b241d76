import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import type { Finding } from './finding.ts';

/** Instruction sets that matrix products gain by, as Linux names them; the best last. */
const INSTRUCTION_SETS = ['avx', 'fma', 'avx2', 'avx512f', 'avx512_vnni', 'amx_tile', 'asimd', 'sve'];

/** Below this even a small ViT at 224 px is a squeeze: its training step takes 2 to 3 GB. */
const COMFORTABLE_GIGABYTES = 4;

/** Instruction sets in the text of `/proc/cpuinfo`, `flags` on x86 and `Features` on ARM. */
export function instructionSets(cpuinfo: string): string[] {
  const flags = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo)?.[1]?.split(/\s+/));
  return INSTRUCTION_SETS.filter((name) => flags.has(name));
}

function readCpuinfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}

/** Processor, threads and memory. */
export function checkMachine(): Finding[] {
  const sets = instructionSets(readCpuinfo());
  const model = cpus()[0]?.model.trim() || process.arch;
  const [total, free] = [totalmem(), freemem()].map((bytes) => bytes / 1e9) as [number, number];
  return [
    { name: 'processor', status: 'ok', detail: [model, ...(sets.length > 0 ? [sets.join(' ')] : [])].join(', ') },
    {
      name: 'threads',
      status: 'ok',
      detail: `${availableParallelism()} for this process, ${cpus().length} in the machine`,
    },
    {
      name: 'memory',
      status: 'ok',
      detail: `${total.toFixed(1)} GB, ${free.toFixed(1)} GB free`,
      ...(total < COMFORTABLE_GIGABYTES && { advice: 'Train at 32 px or with small batches (--batch-size 8).' }),
    },
  ];
}
