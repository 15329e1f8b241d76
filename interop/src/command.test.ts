import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import { HEADS } from '@mfm/export';
import { planRows } from './cases/plan.ts';
import { chooseRuntimes, RUNTIMES } from './runtimes/runtime-table.ts';

describe('planRows', () => {
  it('has every head of ViT, ResNet and Swin', () => {
    const plans = planRows([]);
    for (const model of ['vit', 'resnet', 'swin']) {
      const heads = new Set(plans.filter((plan) => plan.model === model).map(({ head }) => head));
      expect([...heads].sort()).toEqual(Object.keys(HEADS).sort());
    }
  });

  it('has the named models alone', () => {
    expect(new Set(planRows(['swin', 'vit_tiny']).map(({ model }) => model))).toEqual(new Set(['swin', 'vit_tiny']));
    expect(() => planRows(['swim'])).toThrow(UserError);
    expect(planRows(['vit'], ['classifier']).map(({ head }) => head)).toEqual(['classifier']);
    expect(() => planRows([], ['clasifier'])).toThrow('--heads: unknown head "clasifier". Did you mean "classifier"?');
  });
});

describe('chooseRuntimes', () => {
  it('leaves out what is named', () => {
    const chosen = chooseRuntimes(['tract', 'opencv']).map(({ name }) => name);
    expect(chosen).toEqual(RUNTIMES.map(({ name }) => name).filter((name) => name !== 'tract' && name !== 'opencv'));
  });

  it('knows what it cannot leave out', () => {
    expect(() => chooseRuntimes(['tracks'])).toThrow('--without: unknown runtime "tracks". Did you mean "tract"?');
    expect(() => chooseRuntimes(RUNTIMES.map(({ name }) => name))).toThrow('must leave a runtime');
  });
});

describe('pnpm interop', () => {
  it('says in one line what is wrong with its arguments, before any work', () => {
    const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
    const { status, stderr, stdout } = spawnSync(process.execPath, [cli, '--without', 'tracks'], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^--without: unknown runtime "tracks"\. .*\n$/);
  });
});
