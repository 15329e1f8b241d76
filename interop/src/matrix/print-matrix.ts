import { formatTable } from '@mfm/cli';
import { type Cell, describeBeyond } from './cell.ts';
import { TOLERANCE } from './compare.ts';
import { type Matrix, matrixPasses, type Row } from './matrix.ts';

/** Characters of a runtime's error that the legend quotes. */
const QUOTED = 600;

/** Collects remarks on cells; equal ones share a number. */
class Legend {
  readonly #numbers = new Map<string, number>();

  mark(remark: string): string {
    const number = this.#numbers.get(remark) ?? this.#numbers.size + 1;
    this.#numbers.set(remark, number);
    return `[${number}]`;
  }

  lines(): string[] {
    return [...this.#numbers].map(([remark, number]) => `[${number}] ${remark}`);
  }
}

const shorten = (text: string) => (text.length > QUOTED ? `${text.slice(0, QUOTED)}…` : text);

type Show<K extends Cell['kind']> = (cell: Extract<Cell, { kind: K }>, legend: Legend) => string;

const SHOWN: { readonly [K in Cell['kind']]: Show<K> } = {
  within: ({ difference }) => difference.scaled.toExponential(1),
  beyond: ({ difference }, legend) =>
    `${difference.scaled.toExponential(1)} ${legend.mark(describeBeyond(difference))}`,
  checked: () => 'ok',
  failed: ({ error }, legend) => `FAILED ${legend.mark(shorten(error))}`,
  expected: ({ reason }, legend) => `– ${legend.mark(`cannot, as declared: ${reason}`)}`,
  outdated: ({ reason }, legend) =>
    `WORKS ${legend.mark(`works now, though declared not to: take it out of expected-failure.ts (${reason})`)}`,
  unavailable: () => 'n/a',
};

const show = (cell: Cell, legend: Legend): string => (SHOWN[cell.kind] as Show<Cell['kind']>)(cell as never, legend);

const batchText = ({ batches, dynamic }: Row) => (dynamic ? batches.join(', ') : `${batches.join(', ')} fixed`);

/** The matrix as text: a row for each model and head, a column for each runtime, then remarks. */
export function printMatrix(matrix: Matrix): string {
  const { columns, rows, without } = matrix;
  const legend = new Legend();
  const body = rows.map((row) => [
    ...[row.model, row.head, `${row.opset}`, batchText(row)],
    ...columns.map(({ runtime }) => show(row.cells[runtime]!, legend)),
  ]);
  const head = ['model', 'head', 'opset', 'batch', ...columns.map(({ runtime }) => runtime)];
  const missing = columns.filter(({ unavailable }) => unavailable !== undefined);
  const versions = columns.filter(({ version }) => version !== undefined);
  return [
    formatTable(head, body),
    `max |Δ| from onnxruntime-node over all outputs; at most ${TOLERANCE} is allowed. Losses, norms and spectra: over max(1, tensor maximum); gradients and training states: over the maximum.`,
    ...legend.lines(),
    ...(versions.length > 0 ? [versions.map(({ runtime, version }) => `${runtime}: ${version}`).join('; ')] : []),
    ...missing.map(({ runtime, unavailable }) => `${runtime}: not available: ${unavailable}`),
    ...(without.length > 0 ? [`left out: ${without.join(', ')}`] : []),
    matrixPasses(matrix) ? 'All is as it must be.' : 'interop: failed.',
  ].join('\n');
}
