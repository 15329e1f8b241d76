import { describe, expect, it } from '@jest/globals';
import { judge, type Outcome, passes } from './cell.ts';
import { EXPECTED_FAILURES, type ExpectedFailure, findExpectedFailure } from './expected-failure.ts';

const compared = (scaled: number): Outcome => ({ kind: 'compared', difference: { output: 'y', scaled } });
const failed: Outcome = { kind: 'failed', error: 'operator Foo is not implemented' };
const declared: ExpectedFailure = { runtime: 'r', heads: ['gradient'], message: /Foo/, reason: 'has no Foo' };

describe('judge', () => {
  it.each([
    ['a small difference', compared(1e-5), undefined, 'within', true],
    ['the tolerance itself', compared(1e-4), undefined, 'within', true],
    ['a large difference', compared(1.01e-4), undefined, 'beyond', false],
    ['an infinite difference', compared(Number.POSITIVE_INFINITY), undefined, 'beyond', false],
    ['a file that the checker takes', { kind: 'checked' } as const, undefined, 'checked', true],
    ['an error', failed, undefined, 'failed', false],
    ['a declared error', failed, declared, 'expected', true],
    ['another error than the declared', { kind: 'failed', error: 'crash' } as const, declared, 'failed', false],
    ['a declared failure that works', compared(0), declared, 'outdated', false],
    ['a declared error that is wrong numbers by now', compared(1), declared, 'beyond', false],
    ['declared wrong numbers', compared(1), { ...declared, message: /output "y"/ }, 'expected', true],
    ['declared wrong numbers that are right by now', compared(0), { ...declared, message: /"y"/ }, 'outdated', false],
  ] as const)('%s', (_, outcome, failure, kind, ok) => {
    const cell = judge(outcome, failure);
    expect(cell.kind).toBe(kind);
    expect(passes(cell)).toBe(ok);
  });

  it('does not let an unavailable runtime pass', () => {
    expect(passes({ kind: 'unavailable' })).toBe(false);
  });
});

describe('findExpectedFailure', () => {
  const find = (runtime: string, head: string, model = 'vit', opset = 17) =>
    findExpectedFailure(runtime, { model, head, opset }, [declared, { ...declared, runtime: 's', opsets: [13] }]);

  it('finds by runtime and by every property that is given', () => {
    expect(find('r', 'gradient')).toBe(declared);
    expect(find('r', 'gradient', 'swin', 13)).toBe(declared);
    expect(find('r', 'features')).toBeUndefined();
    expect(find('s', 'gradient')).toBeUndefined();
    expect(find('s', 'gradient', 'vit', 13)).toBeDefined();
    expect(find('t', 'gradient')).toBeUndefined();
  });

  it('has a reason and a specific message in every row of the real table', () => {
    for (const { message, reason } of EXPECTED_FAILURES) {
      expect(message.source.length).toBeGreaterThan(10);
      expect(reason.length).toBeGreaterThan(10);
    }
  });
});
