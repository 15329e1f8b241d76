import type { FileEntry, FileFunction, FileOpset } from '../proto/file-messages.ts';
import { type OnnxFile, withOnnxFile } from '../proto/onnx-file.ts';
import { checkGraph, checkNodes, type GraphContext } from './check-graph.ts';
import { functionKey, type OperatorScope } from './check-node.ts';
import { Findings, type Problem } from './findings.ts';
import { GraphScope } from './graph-scope.ts';
import { domainKey, newestOpset } from './operator-schema.ts';

/** The newest IR version known here, that of ONNX 1.23. */
const NEWEST_IR = 14;
/** IR versions from which a model must import operator sets, and may hold functions. */
const FIRST_IR = { opsets: 3, functions: 8 };

/** The oldest IR version that each standard operator set was published with (docs/Versioning.md of the ONNX repository). */
const IR_OF_OPSET: readonly (readonly [opset: number, ir: number])[] = [
  [28, 14],
  [25, 13],
  [24, 12],
  [23, 11],
  [21, 10],
  [19, 9],
  [15, 8],
  [12, 7],
  [11, 6],
  [10, 5],
  [9, 4],
  [1, 3],
];

function checkEntries(entries: readonly FileEntry[], where: string, findings: Findings): void {
  const seen = new Set<string>();
  for (const { key = '' } of entries) {
    if (key === '') findings.add('warning', where, 'an entry has no key');
    if (seen.has(key)) findings.error(where, `"${key}" must be there once, and is there twice`);
    seen.add(key);
  }
}

function readOpsets(imports: readonly FileOpset[], where: string, findings: Findings): Map<string, number> {
  const opsets = new Map<string, number>();
  for (const { domain, version } of imports) {
    const key = domainKey(domain);
    const number = Number(version ?? 0);
    if (number < 1) findings.error(where, `the operator set of "${key}" must have a version, got ${version ?? 'none'}`);
    if (opsets.has(key) && opsets.get(key) !== number)
      findings.error(where, `the operator set of "${key}" must be imported once, got ${opsets.get(key)} and ${number}`);
    opsets.set(key, number);
    const newest = newestOpset(key);
    if (newest === undefined)
      findings.add('warning', where, `operators of "${key}" are not known here, and not checked`);
    else if (number > newest)
      findings.add(
        'warning',
        where,
        `operator set ${number} is newer than the newest known here, ${newest}: its operators are not checked`,
      );
  }
  return opsets;
}

function checkVersions({ model }: OnnxFile, opsets: ReadonlyMap<string, number>, findings: Findings): void {
  const ir = Number(model.irVersion ?? 0);
  if (ir < 1) findings.error('model', `it must have an IR version, got ${model.irVersion ?? 'none'}`);
  if (ir > NEWEST_IR) findings.error('model', `its IR version must be at most ${NEWEST_IR}, got ${ir}`);
  if (ir >= FIRST_IR.opsets && model.opsetImport.length === 0)
    findings.error('model', 'it must import an operator set');
  if (ir >= 1 && ir < FIRST_IR.opsets && model.opsetImport.length > 0)
    findings.error('model', `it imports operator sets, which IR version ${ir} does not have`);
  if (model.functions.length > 0 && ir < FIRST_IR.functions)
    findings.error('model', `it has functions, which IR version ${ir} does not have`);
  const opset = opsets.get('') ?? 0;
  const [, needed] = IR_OF_OPSET.find(([from]) => opset >= from) ?? [0, 0];
  if (ir >= 1 && ir < needed)
    findings.add(
      'warning',
      'model',
      `operator set ${opset} came with IR version ${needed}, got ${ir}: some runtimes refuse it`,
    );
}

function checkFunction(
  definition: FileFunction,
  file: OnnxFile,
  functions: ReadonlySet<string>,
  modelOpsets: ReadonlyMap<string, number>,
  findings: Findings,
): void {
  const where = `function ${functionKey(definition.domain, definition.name)}`;
  if (!definition.name) findings.error(where, 'it must have a name');
  const own = readOpsets(definition.opsetImport, where, findings);
  const operators: OperatorScope = { opsets: own.size > 0 ? own : modelOpsets, functions, inFunction: true };
  const context: GraphContext = { file, operators, findings, prefix: `${where}, ` };
  const scope = new GraphScope();
  for (const name of definition.input) {
    if (scope.owns(name)) findings.error(where, `its input "${name}" is there twice`);
    scope.set(name, {});
  }
  checkNodes(definition.node, scope, context, new Map());
  for (const name of definition.output)
    if (!scope.find(name)) findings.error(where, `its output "${name}" is given by none of its nodes`);
}

/** Checks an open file; see {@link checkModel}. */
export function checkFile(file: OnnxFile): Problem[] {
  const { model, badTexts } = file;
  const findings = new Findings();
  for (const place of badTexts) findings.error(place, 'it must be UTF-8');
  const opsets = readOpsets(model.opsetImport, 'model', findings);
  checkVersions(file, opsets, findings);
  checkEntries(model.metadataProps, 'metadata_props', findings);
  const functions = new Set(model.functions.map(({ domain, name }) => functionKey(domain, name)));
  for (const definition of model.functions) checkFunction(definition, file, functions, opsets, findings);
  const operators: OperatorScope = { opsets, functions, inFunction: false };
  checkGraph(model.graph!, { file, operators, findings, prefix: '' }, { isMain: true });
  for (const { initialization, algorithm } of model.trainingInfo) {
    const context: GraphContext = { file, operators, findings, prefix: 'training, ' };
    if (initialization) checkGraph(initialization, context, { isMain: false });
    // The algorithm may read what the model itself gives: its nodes alone are checked.
    for (const { opType } of algorithm?.node ?? [])
      if (!opType) findings.error('training', 'a node must have an operator');
  }
  return findings.problems;
}

/**
 * Checks an ONNX file against the standard (docs/IR.md and the operator schemas of the ONNX repository): versions; that every value is given
 * once and before it is read; operators, their inputs, attributes and types; tensors' data; metadata; sub-graphs and functions; and shapes, for
 * the operators in `shape-rules.ts`.
 *
 * @param given a path, beside which external data are looked for, or the file's bytes
 * @param label the file's name, for messages
 * @returns what is wrong or strange, in the file's order; nothing when all is well
 * @throws UserError of one line when it cannot be read at all
 */
export function checkModel(given: string | Uint8Array, label?: string): Problem[] {
  return withOnnxFile('checkModel', given, checkFile, label);
}
