import { describe, expect, it } from '@jest/globals';
import type { Cell } from './cell.ts';
import { type Matrix, matrixPasses } from './matrix.ts';
import { printMatrix } from './print-matrix.ts';

const within: Cell = { kind: 'within', difference: { output: 'y', scaled: 1.234e-6 } };

const matrixOf = (cells: Record<string, Cell>, change: Partial<Matrix> = {}): Matrix => ({
  columns: Object.keys(cells).map((runtime) => ({ runtime, version: `${runtime} 1.0` })),
  rows: [{ model: 'vit', head: 'features', opset: 17, batches: [1, 2], dynamic: true, cells }],
  without: [],
  ...change,
});

describe('printMatrix', () => {
  it('shows numbers, versions and what was left out', () => {
    const text = printMatrix(matrixOf({ a: within, b: { kind: 'checked' } }, { without: ['c'] }));
    expect(text).toMatch(/vit +│ features +│ +17 │ 1, 2 +│ 1\.2e-6 +│ ok/);
    expect(text).toContain('a: a 1.0; b: b 1.0');
    expect(text).toContain('left out: c');
    expect(text).toContain('All is as it must be.');
  });

  it('explains every cell that is not a number, equal ones once', () => {
    const matrix = matrixOf({
      a: { kind: 'failed', error: 'no such operator' },
      b: { kind: 'failed', error: 'no such operator' },
      c: { kind: 'expected', reason: 'has no such operator' },
      d: { kind: 'outdated', reason: 'had none' },
      e: { kind: 'beyond', difference: { output: 'logits', scaled: 0.5 } },
    });
    const text = printMatrix(matrix);
    expect(text).toMatch(/FAILED \[1\] +│ FAILED \[1\] +│ – \[2\] +│ WORKS \[3\] +│ 5\.0e-1 \[4\]/);
    expect(text).toContain('[1] no such operator');
    expect(text).toContain('[2] cannot, as declared: has no such operator');
    expect(text).toMatch(/\[3\] works now, .*had none/);
    expect(text).toContain('[4] beyond 0.0001: output "logits"');
    expect(text.match(/no such operator/g)).toHaveLength(2);
    expect(text).toContain('interop: failed.');
  });

  it('says why a runtime is not available, and fails', () => {
    const matrix = matrixOf(
      { a: within, b: { kind: 'unavailable' } },
      { columns: [{ runtime: 'a' }, { runtime: 'b', unavailable: 'no Rust' }] },
    );
    expect(printMatrix(matrix)).toContain('b: not available: no Rust');
    expect(matrixPasses(matrix)).toBe(false);
  });

  it('fails for an unavailable runtime without any row', () => {
    expect(matrixPasses({ columns: [{ runtime: 'b', unavailable: 'no Rust' }], rows: [], without: [] })).toBe(false);
  });

  it('says when a file is of one batch size', () => {
    const matrix = matrixOf({ a: within });
    const rows = [{ ...matrix.rows[0]!, batches: [8], dynamic: false }];
    expect(printMatrix({ ...matrix, rows })).toMatch(/│ 8 fixed +│/);
  });
});
