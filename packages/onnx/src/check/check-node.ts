import type { FileNode } from '../proto/file-messages.ts';
import { attributeFault, attributeKind } from './check-attribute.ts';
import type { Findings } from './findings.ts';
import { domainKey, findSchema, newestOpset, type OperatorSchema, type Parameter } from './operator-schema.ts';

/** What a node may use: operator sets by domain, and functions of the file. */
export interface OperatorScope {
  readonly opsets: ReadonlyMap<string, number>;
  /** Domain and name of the file's own functions, joined by `functionKey`. */
  readonly functions: ReadonlySet<string>;
  readonly inFunction: boolean;
}

export const functionKey = (domain: string | undefined, name: string | undefined): string =>
  `${domainKey(domain)}::${name ?? ''}`;

/** The formal parameter at a position: the last one again and again if it is variadic. */
export function parameterAt(parameters: readonly Parameter[], index: number): Parameter | undefined {
  const last = parameters.at(-1);
  return parameters[index] ?? (last?.option === 'variadic' ? last : undefined);
}

function checkCount(
  what: 'input' | 'output',
  names: readonly string[],
  [least, most]: OperatorSchema['inputCount'],
  parameters: readonly Parameter[],
  where: string,
  findings: Findings,
): void {
  if (names.length < least || names.length > most) {
    const range =
      least === most ? `${least}` : most === Number.POSITIVE_INFINITY ? `${least} or more` : `${least} to ${most}`;
    findings.error(where, `it must have ${range} ${what}s, got ${names.length}`);
  }
  for (const [index, name] of names.entries()) {
    const parameter = parameterAt(parameters, index);
    if (name === '' && parameter?.option === 'single')
      findings.error(where, `its ${what} ${index} (${parameter.name}) must not be left out`);
  }
}

function checkAttributes(node: FileNode, schema: OperatorSchema, where: string, findings: Findings): void {
  const given = new Set(node.attribute.map(({ name }) => name ?? ''));
  for (const attribute of node.attribute) {
    const name = attribute.name ?? '';
    const expected = schema.attributes.get(name);
    if (!expected) {
      findings.error(where, `it has no attribute "${name}" in this operator set`);
      continue;
    }
    const kind = attributeKind(attribute);
    if (kind !== undefined && kind !== expected.kind)
      findings.error(where, `its attribute "${name}" must be of kind ${expected.kind}, got ${kind}`);
  }
  for (const [name, { required }] of schema.attributes)
    if (required && !given.has(name)) findings.error(where, `it must have the attribute "${name}"`);
}

/** The schema that a node is to fit; undefined (reported where it is wrong) when there is none here. */
function schemaFor(
  node: FileNode,
  scope: OperatorScope,
  where: string,
  findings: Findings,
): OperatorSchema | undefined {
  const domain = domainKey(node.domain);
  if (scope.functions.has(functionKey(domain, node.opType))) return undefined;
  const opset = scope.opsets.get(domain);
  if (opset === undefined) {
    findings.error(where, `it is of the domain "${domain}", whose operator set the model does not import`);
    return undefined;
  }
  const newest = newestOpset(domain);
  // Another domain's operators, or those of a standard yet to come.
  if (newest === undefined || opset > newest) return undefined;
  const schema = findSchema(domain, node.opType!, opset);
  if (!schema) findings.error(where, `there is no operator ${node.opType} in operator set ${opset}`);
  return schema;
}

/**
 * Checks a node by itself: its attributes, and its operator's definition.
 *
 * @returns the definition, where it is known
 */
export function checkNode(
  node: FileNode,
  scope: OperatorScope,
  where: string,
  findings: Findings,
): OperatorSchema | undefined {
  if (!node.opType) {
    findings.error(where, 'it must have an operator');
    return undefined;
  }
  if (node.input.length === 0 && node.output.length === 0) findings.error(where, 'it has neither inputs nor outputs');
  const seen = new Set<string>();
  for (const attribute of node.attribute) {
    const place = `${where}, attribute "${attribute.name ?? ''}"`;
    const fault = attributeFault(attribute, scope.inFunction);
    if (fault) findings.error(place, fault);
    if (seen.has(attribute.name ?? '')) findings.error(place, 'it is there twice');
    seen.add(attribute.name ?? '');
  }
  if (node.domain === 'ai.onnx')
    findings.add(
      'warning',
      where,
      'its domain is written "ai.onnx": the standard domain is the empty text, and checkers know no other',
    );
  const schema = schemaFor(node, scope, where, findings);
  if (!schema) return undefined;
  if (schema.deprecated)
    findings.error(where, `${node.opType} is no longer an operator since operator set ${schema.since}`);
  checkCount('input', node.input, schema.inputCount, schema.inputs, where, findings);
  checkCount('output', node.output, schema.outputCount, schema.outputs, where, findings);
  checkAttributes(node, schema, where, findings);
  if (node.opType === 'Constant' && node.attribute.length !== 1)
    findings.error(where, `it must have exactly one attribute, its value, got ${node.attribute.length}`);
  return schema;
}
