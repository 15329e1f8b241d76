import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import type { Finding } from './check/finding.ts';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

describe('pnpm doctor', () => {
  it('tries every device and backend, and exits with 1 for what is there and does not work', () => {
    const env = { ...process.env, CHROMIUM: '/nowhere/chromium' };
    const { status, stdout } = spawnSync(process.execPath, [CLI, '--json'], { encoding: 'utf8', env });
    const { inOrder, findings } = JSON.parse(stdout) as { inOrder: boolean; findings: Finding[] };
    const byName = new Map(findings.map((finding) => [finding.name, finding]));
    for (const name of ['Node', 'processor', 'memory', 'onnxruntime cpu', 'tfjs cpu', 'tfjs wasm']) {
      expect(byName.get(name)).toMatchObject({ status: 'ok' });
    }
    expect(byName.get('onnxruntime cpu')!.detail).toMatch(/a tiny graph runs, [\d.]+ ms/);
    expect([...byName.keys()]).toEqual(expect.arrayContaining(['onnxruntime webgpu', 'tfjs tensorflow', 'NVIDIA GPU']));
    expect(byName.get('Chromium')).toMatchObject({
      status: 'broken',
      detail: expect.stringContaining('got "/nowhere/chromium"'),
    });
    expect([status, inOrder]).toEqual([1, false]);
  });
});
