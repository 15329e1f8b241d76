import { oneLine } from '@mfm/cli';
import type { ModelSummary, NodeSummary, Problem, TensorTotals } from '@mfm/onnx';

const megabytes = (bytes: number): string => (bytes < 1e5 ? `${bytes} B` : `${(bytes / 1e6).toFixed(2)} MB`);
const million = (count: number): string => (count < 1e5 ? `${count}` : `${(count / 1e6).toFixed(2)} M`);

/** Lines of a value in the metadata: what is JSON is laid out, lists of numbers and texts stay on one line. */
function metadataLines(key: string, value: string): string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    return [`  ${key}: ${oneLine(value, 200)}`];
  }
  const isRecord = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  if (!isRecord) return [`  ${key}: ${oneLine(value, 200)}`];
  const lines = (record: object, indent: string): string[] =>
    Object.entries(record).flatMap(([name, inner]: [string, unknown]) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? [`${indent}${oneLine(name, 80)}:`, ...lines(inner, `${indent}  `)]
        : [`${indent}${oneLine(name, 80)}: ${oneLine(JSON.stringify(inner) ?? '', 200)}`],
    );
  return [`  ${key}:`, ...lines(parsed as object, '    ')];
}

const totalsText = ({ tensors, elements, bytes }: TensorTotals): string =>
  `${million(elements)} in ${tensors} tensors, ${megabytes(bytes)}`;

function parameterLine({ parameters }: ModelSummary): string {
  const types = Object.entries(parameters.types);
  const each = types.map(([type, totals]) => `${type} ${totalsText(totals)}`).join('; ');
  return types.length === 1
    ? `${totalsText(parameters)}, ${types[0]![0]}`
    : `${totalsText(parameters)}${each && ` (${each})`}`;
}

/** A line a node: number, operator, name, (inputs) → outputs, attributes. */
function nodeLines(nodes: readonly NodeSummary[]): string[] {
  const width = Math.min(24, Math.max(0, ...nodes.map(({ operator }) => operator.length)));
  const digits = String(nodes.length - 1).length;
  return nodes.map(({ name, operator, inputs, outputs, attributes }, index) => {
    const list = (names: readonly string[]) => oneLine(names.map((text) => text || '–').join(', '), 400);
    const settings = Object.entries(attributes).map(([key, value]) => `${key} = ${value}`);
    const tail = settings.length > 0 ? ` · ${oneLine(settings.join(', '), 400)}` : '';
    const head = `${String(index).padStart(digits)} ${oneLine(operator, 80).padEnd(width)} ${oneLine(name, 100)}`;
    return `  ${head} (${list(inputs)}) → ${list(outputs)}${tail}`;
  });
}

/** One line a problem. */
export const problemLine = ({ severity, where, message }: Problem): string => `  ${severity}: ${where}: ${message}`;

/** The checker's verdict in a line. */
export function verdict(problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
  if (errors > 0) return `not valid: ${count(errors, 'error')}${warnings ? `, ${count(warnings, 'warning')}` : ''}`;
  return warnings ? `valid, ${count(warnings, 'warning')}` : 'valid';
}

/** Problems that are printed; `--json` gives all. */
const MOST_PROBLEMS = 30;

/**
 * A summary for the terminal.
 *
 * @param name the file's
 * @param nodeCount how many nodes the table shows at most
 */
export function printSummary(name: string, summary: ModelSummary, nodeCount: number): string {
  const { opsets, operators, nodes, functions, externalData, metadata, problems } = summary;
  const fields: [string, string][] = [
    ['format', `ONNX, IR version ${summary.irVersion}, ${megabytes(summary.bytes)}`],
    ['operator sets', opsets.map(({ domain, version }) => `${domain} ${version}`).join(', ') || 'none'],
    ['producer', summary.producer || 'unknown'],
    ...(summary.description ? [['description', summary.description] as [string, string]] : []),
    ['graph', `"${summary.graph}", ${nodes.length} nodes`],
    ['parameters', parameterLine(summary)],
    ['operators', operators.map(({ operator, count }) => `${operator} ${count}`).join(', ')],
  ];
  const values = (list: ModelSummary['inputs']) =>
    list.map((value) => `  ${oneLine(value.name, 80)}: ${oneLine(value.type)}`);
  const shown = nodes.slice(0, nodeCount);
  const hidden = problems.length - MOST_PROBLEMS;
  const lines = [
    oneLine(name),
    ...fields.map(([field, text]) => `  ${field}: ${oneLine(text, 2000)}`),
    'Inputs',
    ...values(summary.inputs),
    'Outputs',
    ...values(summary.outputs),
    ...(metadata.length > 0
      ? ['Metadata', ...metadata.flatMap(({ key, value }) => metadataLines(oneLine(key, 80), value))]
      : []),
    ...(functions.length > 0 ? ['Functions'] : []),
    ...functions.map((f) => `  ${oneLine(f.name, 80)}: ${f.inputs} inputs, ${f.outputs} outputs, ${f.nodes} nodes`),
    ...(externalData.length > 0 ? ['External data'] : []),
    ...externalData.map(
      (file) => `  ${oneLine(file.location, 200)}: ${file.tensors} tensors, ${megabytes(file.bytes)}`,
    ),
    ...(shown.length > 0
      ? [
          shown.length < nodes.length
            ? `Nodes (the first ${shown.length} of ${nodes.length}; --nodes shows all)`
            : 'Nodes',
        ]
      : []),
    ...nodeLines(shown),
    `Checker: ${verdict(problems)}`,
    ...problems.slice(0, MOST_PROBLEMS).map(problemLine),
    ...(hidden > 0 ? [`  … and ${hidden} more (--json lists them)`] : []),
  ];
  return `${lines.join('\n')}\n`;
}
