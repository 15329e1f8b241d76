import { GRAPH_OPS, GRAPH_OPS_THAT_DO_NOT } from '../graph-ops.ts';
import { LAYER_ROWS, LAYERS_THAT_DO_NOT, LAYERS_WITHIN } from './layer-rows.ts';

const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');

const sorted = (names: Iterable<string>) => [...new Set(names)].sort((a, b) => a.localeCompare(b, 'en'));

const byTitle = (table: Readonly<Record<string, readonly string[]>>) =>
  Object.entries(table)
    .map(([title, names]) => `- ${title}: ${code(sorted(names))}`)
    .join('\n');

/** The lists of docs/tfjs.md, by the markers that they stand between: made from what the tests run. */
export const DOC_LISTS: Readonly<Record<string, string>> = {
  layers: code(sorted([...LAYER_ROWS.map(({ className }) => className), ...LAYERS_WITHIN])),
  'layers that do not': Object.entries(LAYERS_THAT_DO_NOT)
    .map(([name, why]) => `- \`${name}\`: ${why}`)
    .join('\n'),
  ops: byTitle(GRAPH_OPS),
  'ops that do not': byTitle(GRAPH_OPS_THAT_DO_NOT),
};
