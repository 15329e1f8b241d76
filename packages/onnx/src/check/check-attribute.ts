import type { FileAttribute } from '../proto/file-messages.ts';

/** AttributeProto.AttributeType by number: the kind as operator schemas write it, and the field that holds it. */
const KINDS: Readonly<Record<number, readonly [kind: string, field: keyof FileAttribute]>> = {
  1: ['float', 'f'],
  2: ['int', 'i'],
  3: ['string', 's'],
  4: ['tensor', 't'],
  5: ['graph', 'g'],
  6: ['floats', 'floats'],
  7: ['ints', 'ints'],
  8: ['strings', 'strings'],
  9: ['tensors', 'tensors'],
  10: ['graphs', 'graphs'],
  11: ['sparse_tensor', 'sparseTensor'],
  12: ['sparse_tensors', 'sparseTensors'],
  13: ['type_proto', 'tp'],
  14: ['type_protos', 'typeProtos'],
};

/** An attribute's kind, as it says itself; undefined where it says none. */
export const attributeKind = ({ type }: FileAttribute): string | undefined => KINDS[type ?? 0]?.[0];

const isSet = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : value !== undefined);

/**
 * What is wrong with an attribute taken by itself, or undefined.
 *
 * @param inFunction in a function's body an attribute may stand for one of the function's own
 */
export function attributeFault(attribute: FileAttribute, inFunction: boolean): string | undefined {
  const kind = KINDS[attribute.type ?? 0];
  const fields = Object.values(KINDS).filter(([, field]) => isSet(attribute[field]));
  if (!attribute.name) return 'it must have a name';
  if (attribute.refAttrName) {
    if (!inFunction) return `it refers to "${attribute.refAttrName}", which only functions may`;
    return fields.length > 0 ? 'it must have a value or refer to one, got both' : undefined;
  }
  if (!kind) return `it must be of a known kind, got ${attribute.type ?? 'none'}`;
  const other = fields.find(([name]) => name !== kind[0]);
  if (other) return `it must hold ${kind[0]} alone, got ${other[0]}`;
  // Lists may be empty; zero and empty text may be left out by writers of other languages.
  const mayBeMissing = Array.isArray(attribute[kind[1]]) || ['float', 'int', 'string'].includes(kind[0]);
  return fields.length === 0 && !mayBeMissing ? `it must hold a ${kind[0]}, got nothing` : undefined;
}
