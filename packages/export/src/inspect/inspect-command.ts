import { createCommand } from '@mfm/cli';
import { inspectModel } from '@mfm/onnx';
import { printSummary } from './print-summary.ts';

/** Nodes that the table shows unless all are wanted. */
const FIRST_NODES = 10;

/** Exit code for a file that can be read and is not valid; one that cannot be read is a user error, 2. */
const NOT_VALID = 1;

function runInspect(path: string, { nodes, json }: { nodes?: boolean; json?: boolean }): void {
  const summary = inspectModel(path);
  const text = json
    ? `${JSON.stringify({ path, ...summary })}\n`
    : printSummary(path, summary, nodes ? summary.nodes.length : FIRST_NODES);
  process.stdout.write(text);
  if (summary.problems.some(({ severity }) => severity === 'error')) process.exitCode = NOT_VALID;
}

/** The command `pnpm export inspect`. */
export function inspectCommand() {
  return createCommand('inspect', 'Says what is in any ONNX file, and what is wrong with it.', [
    'pnpm export inspect model.onnx',
    'pnpm export inspect model.onnx --nodes',
    'pnpm export inspect model.onnx --json',
  ])
    .argument('<file>', 'an ONNX file, of any program and size')
    .option('--nodes', `show all nodes, not the first ${FIRST_NODES}`)
    .option('--json', 'print one JSON document')
    .action(runInspect);
}
