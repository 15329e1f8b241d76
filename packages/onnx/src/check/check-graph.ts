import { dataType } from '../proto/data-types.ts';
import type { FileGraph, FileNode, FileType, FileValueInfo } from '../proto/file-messages.ts';
import type { OnnxFile } from '../proto/onnx-file.ts';
import { checkNode, type OperatorScope } from './check-node.ts';
import { checkSparse, checkTensor } from './check-tensor.ts';
import type { Findings } from './findings.ts';
import { GraphScope } from './graph-scope.ts';
import { inferTypes } from './infer-types.ts';
import type { OperatorSchema } from './operator-schema.ts';
import { OLDEST_OPSET, SHAPE_RULES, ShapeMismatch } from './shape-rules.ts';
import { compatible, declaredType, type Shape, shapeText, type ValueType } from './value-type.ts';

/** What checks of one graph share. */
export interface GraphContext {
  readonly file: OnnxFile;
  readonly operators: OperatorScope;
  readonly findings: Findings;
  /** In front of every place: `function f, `. */
  readonly prefix: string;
}

const nodePlace = ({ prefix }: GraphContext, node: FileNode, index: number): string =>
  `${prefix}node ${node.name ? `"${node.name}"` : index} (${node.opType ?? 'no operator'})`;

/** What is wrong with a type as the file declares it, or undefined. */
function typeFault(type: FileType | undefined): string | undefined {
  if (!type) return 'it must have a type';
  const tensor = type.tensorType ?? type.sparseTensorType;
  if (tensor)
    return dataType(tensor.elemType)
      ? undefined
      : `it must have a known element type, got ${tensor.elemType ?? 'none'}`;
  if (type.sequenceType) return typeFault(type.sequenceType.elemType);
  if (type.optionalType) return typeFault(type.optionalType.elemType);
  if (type.mapType)
    return dataType(type.mapType.keyType) ? typeFault(type.mapType.valueType) : 'its map must have a key type';
  return type.opaqueType ? undefined : 'it must have a type';
}

/** @param isMain of the model's own graph inputs and outputs must say their types and, of tensors, shapes (with as many names as needed) */
function checkDeclaration({ name, type }: FileValueInfo, where: string, findings: Findings, isMain: boolean): void {
  if (!name) findings.add(isMain ? 'error' : 'warning', where, 'it must have a name');
  if (!type && !isMain) return;
  const fault = typeFault(type);
  if (fault) findings.error(where, fault);
  const tensor = type?.tensorType ?? type?.sparseTensorType;
  if (isMain && tensor && !tensor.shape) findings.error(where, 'it must have a shape');
  const negative = (tensor?.shape?.dim ?? []).find(({ dimValue = 0 }) => dimValue < 0);
  if (negative) findings.add('warning', where, `its dimensions must not be negative, got ${negative.dimValue}`);
}

/** A value is given once; @returns whether it was new */
function give(scope: GraphScope, name: string, type: ValueType, where: string, findings: Findings): void {
  if (scope.owns(name)) findings.error(where, `"${name}" must be given once, and is given again`);
  scope.set(name, type);
}

function checkInputs(graph: FileGraph, scope: GraphScope, context: GraphContext, isMain: boolean): void {
  const { findings, file, prefix } = context;
  for (const input of graph.input) {
    const where = `${prefix}input "${input.name ?? ''}"`;
    checkDeclaration(input, where, findings, isMain);
    give(scope, input.name ?? '', declaredType(input.type), where, findings);
  }
  const inputs = new Set(graph.input.map(({ name }) => name));
  const seen = new Set<string>();
  const tensors = [
    ...graph.initializer.map((tensor) => ({
      name: tensor.name ?? '',
      check: (where: string) => checkTensor(file, tensor, where, findings),
    })),
    ...graph.sparseInitializer.map((sparse) => ({
      name: sparse.values?.name ?? '',
      check: (where: string) => checkSparse(file, sparse, where, findings),
    })),
  ];
  for (const { name, check } of tensors) {
    const where = `${prefix}initializer "${name}"`;
    const found = check(where);
    if (name === '') findings.error(where, 'it must have a name');
    if (seen.has(name)) findings.error(where, `"${name}" must be given once, and is given again`);
    seen.add(name);
    // An input of the same name is a default value; it was compulsory before IR version 4.
    if (!inputs.has(name)) {
      if (isMain && Number(file.model.irVersion ?? 0) < 4)
        findings.error(where, 'before IR version 4 it must be an input as well');
      scope.set(name, found);
      continue;
    }
    const declared = scope.find(name)!;
    if (declared.type && found.type && declared.type !== found.type)
      findings.error(where, `it must be ${declared.type} as the input of its name, got ${found.type}`);
    if (declared.shape && found.shape && !compatible(declared.shape, found.shape))
      findings.error(
        where,
        `it must be ${shapeText(declared.shape)} as the input of its name, got ${shapeText(found.shape)}`,
      );
  }
}

function inferShapes(
  node: FileNode,
  inputs: readonly (ValueType | undefined)[],
  where: string,
  { operators, findings }: GraphContext,
): readonly (Shape | undefined)[] {
  const opset = operators.opsets.get('') ?? 0;
  const rule = SHAPE_RULES.get(node.opType!);
  if (!rule || opset < OLDEST_OPSET) return [];
  try {
    return rule({ node, opset, inputs });
  } catch (error) {
    if (!(error instanceof ShapeMismatch)) throw error;
    findings.error(
      where,
      `the shapes ${inputs.map((input) => shapeText(input?.shape)).join(', ')} do not fit: ${error.message}`,
    );
    return [];
  }
}

function inferOutputs(
  node: FileNode,
  schema: OperatorSchema,
  inputs: readonly (ValueType | undefined)[],
  where: string,
  context: GraphContext,
): ValueType[] {
  // Of a damaged node without its inputs nothing follows.
  if (inputs.length < schema.inputCount[0]) return [];
  const types = inferTypes(node, schema, inputs, where, context.findings);
  const shapes = node.domain ? [] : inferShapes(node, inputs, where, context);
  return node.output.map((_, index) => ({ type: types[index], shape: shapes[index] }));
}

/** The value of a small constant: `Constant` nodes give shapes and axes as initializers do. */
function constantOf(node: FileNode, context: GraphContext, where: string): readonly number[] | undefined {
  if (node.opType !== 'Constant') return undefined;
  const [given] = node.attribute;
  if (given?.t) return checkTensor(context.file, given.t, `${where}, attribute "value"`, context.findings).constant;
  return given?.name === 'value_ints'
    ? given.ints.map(Number)
    : given?.name === 'value_int'
      ? [Number(given.i)]
      : undefined;
}

function checkSubgraphs(node: FileNode, scope: GraphScope, context: GraphContext, where: string): void {
  for (const { name, g, graphs, t, tensors, sparseTensor } of node.attribute) {
    const place = `${where}, attribute "${name ?? ''}"`;
    for (const graph of [...(g ? [g] : []), ...graphs])
      checkGraph(graph, { ...context, prefix: `${place}: ` }, { outer: scope, isMain: false });
    if (node.opType !== 'Constant')
      for (const tensor of [...(t ? [t] : []), ...tensors]) checkTensor(context.file, tensor, place, context.findings);
    if (sparseTensor) checkSparse(context.file, sparseTensor, place, context.findings);
  }
}

/** Compares what follows with what the file declares; what it declares counts where nothing follows. */
function reconcile(inferred: ValueType, declared: ValueType | undefined, where: string, findings: Findings): ValueType {
  if (!declared) return inferred;
  if (inferred.type && declared.type && inferred.type !== declared.type)
    findings.error(where, `it is declared as ${declared.type}, and is ${inferred.type}`);
  if (inferred.shape && declared.shape && !compatible(inferred.shape, declared.shape))
    findings.error(where, `it is declared as ${shapeText(declared.shape)}, and is ${shapeText(inferred.shape)}`);
  return { ...inferred, type: inferred.type ?? declared.type, shape: inferred.shape ?? declared.shape };
}

/**
 * Checks nodes in their order: every input is there before it is read, every output is new, operators are used as they are defined, and
 * types and shapes fit.
 *
 * @param declared types that the file gives values between nodes and outputs
 */
export function checkNodes(
  nodes: readonly FileNode[],
  scope: GraphScope,
  context: GraphContext,
  declared: ReadonlyMap<string, ValueType>,
): void {
  const { findings } = context;
  const later = new Set(nodes.flatMap(({ output }) => output));
  for (const [index, node] of nodes.entries()) {
    const where = nodePlace(context, node, index);
    const schema = checkNode(node, context.operators, where, findings);
    const inputs = node.input.map((name) => (name === '' ? undefined : scope.find(name)));
    for (const [position, name] of node.input.entries()) {
      if (name === '' || inputs[position]) continue;
      const why = later.has(name)
        ? 'a later node gives: nodes must be in order, without a cycle'
        : 'no earlier node, input or initializer gives';
      findings.error(where, `it reads "${name}", which ${why}`);
      // Once is enough.
      scope.set(name, {});
    }
    checkSubgraphs(node, scope, context, where);
    const constant = constantOf(node, context, where);
    const outputs = schema ? inferOutputs(node, schema, inputs, where, context) : [];
    for (const [position, name] of node.output.entries()) {
      if (name === '') continue;
      const found = reconcile(outputs[position] ?? {}, declared.get(name), `${where}, output "${name}"`, findings);
      give(scope, name, constant && position === 0 ? { ...found, constant } : found, where, findings);
    }
  }
}

/** Checks a graph, and those within its nodes. */
export function checkGraph(
  graph: FileGraph,
  context: GraphContext,
  { outer, isMain }: { outer?: GraphScope; isMain: boolean },
): void {
  const { findings, prefix } = context;
  if (!graph.name) findings.error(`${prefix}graph`, 'it must have a name');
  const scope = new GraphScope(outer);
  checkInputs(graph, scope, context, isMain);
  const declared = new Map<string, ValueType>();
  for (const info of graph.valueInfo) {
    checkDeclaration(info, `${prefix}value "${info.name ?? ''}"`, findings, false);
    declared.set(info.name ?? '', declaredType(info.type));
  }
  for (const { name = '', type } of graph.output) declared.set(name, declaredType(type));
  checkNodes(graph.node, scope, context, declared);
  const seen = new Set<string>();
  for (const output of graph.output) {
    const where = `${prefix}output "${output.name ?? ''}"`;
    checkDeclaration(output, where, findings, isMain);
    if (!scope.find(output.name ?? '')) findings.error(where, 'no node, input or initializer gives it');
    if (seen.has(output.name ?? '')) findings.error(where, 'it is there twice');
    seen.add(output.name ?? '');
  }
  if (isMain && graph.output.length === 0) findings.add('warning', 'graph', 'it has no outputs');
}
