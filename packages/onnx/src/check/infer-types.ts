import { dataType } from '../proto/data-types.ts';
import type { FileAttribute, FileNode } from '../proto/file-messages.ts';
import { parameterAt } from './check-node.ts';
import type { Findings } from './findings.ts';
import type { OperatorSchema } from './operator-schema.ts';
import type { ValueType } from './value-type.ts';

const attribute = (node: FileNode, name: string): FileAttribute | undefined =>
  node.attribute.find((candidate) => candidate.name === name);

const tensorOf = (number: number | bigint | undefined): string | undefined => {
  const type = dataType(Number(number ?? 0));
  return type && `tensor(${type.schemaName})`;
};

const UINT8 = 2;

/** Types of outputs that are not those of an input: the attribute that says them. */
const BY_ATTRIBUTE: Readonly<Record<string, (node: FileNode, inputs: readonly ValueType[]) => string | undefined>> = {
  Cast: (node) => tensorOf(attribute(node, 'to')?.i),
  CastLike: (_, [, like]) => like?.type,
  ConstantOfShape: (node) => tensorOf(attribute(node, 'value')?.t?.dataType ?? 1),
  RandomNormal: (node) => tensorOf(attribute(node, 'dtype')?.i ?? 1),
  RandomUniform: (node) => tensorOf(attribute(node, 'dtype')?.i ?? 1),
  EyeLike: (node, [like]) => (attribute(node, 'dtype') ? tensorOf(attribute(node, 'dtype')?.i) : like?.type),
  QuantizeLinear: (node, [, , zeroPoint]) =>
    zeroPoint ? zeroPoint.type : tensorOf(Number(attribute(node, 'output_dtype')?.i ?? 0) || UINT8),
  DequantizeLinear: (_, [, scale]) => scale?.type,
  Constant(node) {
    const [given] = node.attribute;
    if (given?.t) return tensorOf(given.t.dataType);
    return { value_float: 'float', value_floats: 'float', value_int: 'int64', value_ints: 'int64' }[
      given?.name ?? ''
    ]?.replace(/.*/, 'tensor($&)');
  },
};

/**
 * Checks the types of a node's inputs by its operator's definition, and tells those of its outputs where they follow.
 *
 * @param inputs what is known of each input; undefined for one that is left out
 */
export function inferTypes(
  node: FileNode,
  schema: OperatorSchema,
  inputs: readonly (ValueType | undefined)[],
  where: string,
  findings: Findings,
): (string | undefined)[] {
  const bound = new Map<string, { type: string; index: number }>();
  for (const [index, input] of inputs.entries()) {
    const parameter = parameterAt(schema.inputs, index);
    if (!parameter || input?.type === undefined) continue;
    const allowed = schema.variables.get(parameter.type) ?? new Set([parameter.type]);
    if (!allowed.has(input.type)) {
      findings.error(where, `its input ${index} (${parameter.name}) must not be ${input.type}`);
      continue;
    }
    if (!schema.variables.has(parameter.type) || !parameter.homogeneous) continue;
    const other = bound.get(parameter.type);
    if (other && other.type !== input.type)
      findings.error(
        where,
        `its inputs ${other.index} and ${index} must have one type, got ${other.type} and ${input.type}`,
      );
    if (!other) bound.set(parameter.type, { type: input.type, index });
  }
  const special = BY_ATTRIBUTE[node.opType!];
  return node.output.map((_, index) => {
    if (special) return index === 0 ? special(node, inputs as ValueType[]) : undefined;
    const parameter = parameterAt(schema.outputs, index);
    if (!parameter) return undefined;
    const allowed = schema.variables.get(parameter.type);
    if (!allowed) return parameter.type;
    const type = parameter.homogeneous ? bound.get(parameter.type)?.type : undefined;
    return type ?? (allowed.size === 1 ? [...allowed][0] : undefined);
  });
}
