import { describe, expect, it } from '@jest/globals';
import { formatFindings } from '../format-findings.ts';
import { cudaFindings } from './devices.ts';
import { instructionSets } from './machine.ts';
import { nodeFinding } from './runtime.ts';

const provider = { name: 'CUDA provider', path: '/lib/x.so', missing: [], advice: 'Get it.' };
const driver = { name: 'NVIDIA driver', missing: ['libcuda.so.1'], advice: 'Install the driver.' };

describe('findings', () => {
  it('judge Node by its version', () => {
    expect(nodeFinding('18.19.0')).toMatchObject({ status: 'broken', advice: expect.stringContaining('Node 20') });
    expect(nodeFinding('20.20.2')).toEqual({ name: 'Node', status: 'ok', detail: '20.20.2' });
    expect(nodeFinding('23.1.0')).toMatchObject({ status: 'ok', advice: expect.stringContaining('below 23') });
  });

  it('name the instruction sets of x86 and ARM', () => {
    expect(instructionSets('model name\t: X\nflags\t\t: fpu avx avx2 fma avx512f sse\n')).toEqual([
      'avx',
      'fma',
      'avx2',
      'avx512f',
    ]);
    expect(instructionSets('Features\t: fp asimd sve\n')).toEqual(['asimd', 'sve']);
    expect(instructionSets('')).toEqual([]);
  });

  it('tell what CUDA lacks from a GPU that does not answer', () => {
    expect(cudaFindings([provider, driver], undefined)).toEqual([
      {
        name: 'onnxruntime cuda: NVIDIA driver',
        status: 'absent',
        detail: 'missing: libcuda.so.1',
        advice: 'Install the driver.',
      },
    ]);
    const busy = cudaFindings([provider], { error: 'openSession: CUDA failure 2: out of memory. More text.' });
    expect(busy).toMatchObject([{ status: 'broken', detail: 'CUDA failure 2: out of memory.' }]);
    expect(cudaFindings([provider], { milliseconds: 2 })).toMatchObject([{ status: 'ok' }]);
  });

  it('end with the devices that can be had, or with what is not in order', () => {
    const cpu = { name: 'onnxruntime cpu', status: 'ok', detail: 'a tiny graph runs' } as const;
    expect(formatFindings([cpu])).toMatch(/^✓ onnxruntime cpu {2}a tiny graph runs\n\n.* --device can be cpu\.$/);
    const broken = { ...cpu, status: 'broken', advice: 'Set up again.' } as const;
    expect(formatFindings([broken])).toMatch(/^✗ .*\n +→ Set up again\.\n\nNot in order: onnxruntime cpu\.$/);
  });
});
