import { requireElement } from '../require-element.ts';

/** The stages in the order in which they are shown. */
const STAGES = [
  'Crop and resize',
  'Mask',
  'Reconstruction model',
  'Known frequencies put back',
  'Spectra and drawing',
  'Features model',
  'Principal components',
  'Nearest pictures',
] as const;

/** A part of the work whose time is shown. */
export type Stage = (typeof STAGES)[number];

const rows = new Map<Stage, HTMLTableCellElement>();

function rowOf(stage: Stage): HTMLTableCellElement {
  const known = rows.get(stage);
  if (known) return known;
  const table = requireElement('timings', HTMLTableSectionElement);
  for (const name of STAGES) {
    const [row, head, cell] = [
      document.createElement('tr'),
      document.createElement('th'),
      document.createElement('td'),
    ];
    head.scope = 'row';
    head.textContent = name;
    cell.textContent = '–';
    row.append(head, cell);
    table.append(row);
    rows.set(name, cell);
  }
  return rows.get(stage)!;
}

/** Shows how long a stage took. */
export function showTime(stage: Stage, milliseconds: number): void {
  rowOf(stage).textContent = milliseconds < 10 ? milliseconds.toFixed(2) : milliseconds.toFixed(0);
}

/** Runs a stage and shows how long it took. */
export function timed<T>(stage: Stage, run: () => T): T {
  const began = performance.now();
  const result = run();
  showTime(stage, performance.now() - began);
  return result;
}
