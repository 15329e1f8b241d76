import Table from 'cli-table3';

/** Renders rows for the terminal; numbers are right-aligned. */
export function formatTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const isNumeric = head.map((_, column) => rows.every((row) => /^[-+]?[\d.,]+ ?%?$|^–$/.test(String(row[column]))));
  const table = new Table({
    head: [...head],
    colAligns: isNumeric.map((n) => (n ? 'right' : 'left')),
    style: { head: [], border: [] },
  });
  for (const row of rows) table.push(row.map(String));
  return table.toString();
}
