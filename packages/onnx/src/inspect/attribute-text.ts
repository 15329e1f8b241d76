import { attributeKind } from '../check/check-attribute.ts';
import { dataTypeName } from '../proto/data-types.ts';
import type { FileAttribute, FileGraph, FileTensor } from '../proto/file-messages.ts';
import { typeText } from './type-text.ts';

/** Numbers of a list that are shown. */
const MOST = 8;

const utf8 = new TextDecoder();
const listText = (values: readonly unknown[], length = values.length): string =>
  `[${values.slice(0, MOST).join(', ')}${length > MOST ? `, … ${length} in all` : ''}]`;
/** A float32 has seven digits; the rest is what writing it as a float64 makes of it. */
const floatText = (value: number): string => String(Number(value.toPrecision(7)));
const textOf = (bytes: Uint8Array | undefined): string =>
  JSON.stringify(utf8.decode((bytes ?? new Uint8Array()).subarray(0, 200)));
const tensorText = (tensor: FileTensor | undefined): string =>
  tensor ? `${dataTypeName(tensor.dataType)}[${tensor.dims.join(', ')}]` : 'nothing';
const graphText = (graph: FileGraph | undefined): string => `graph of ${graph?.node.length ?? 0} nodes`;

const TEXTS: Readonly<Record<string, (attribute: FileAttribute) => string>> = {
  float: ({ f }) => floatText(f ?? 0),
  int: ({ i }) => String(i ?? 0),
  string: ({ s }) => textOf(s),
  tensor: ({ t }) => tensorText(t),
  graph: ({ g }) => graphText(g),
  floats: ({ floats }) => listText(floats.slice(0, MOST).map(floatText), floats.length),
  ints: ({ ints }) => listText(ints),
  strings: ({ strings }) => listText(strings.slice(0, MOST).map(textOf), strings.length),
  tensors: ({ tensors }) => listText(tensors.map(tensorText)),
  graphs: ({ graphs }) => listText(graphs.map(graphText)),
  sparse_tensor: ({ sparseTensor }) => `sparse ${tensorText(sparseTensor?.values)}`,
  sparse_tensors: ({ sparseTensors }) => listText(sparseTensors.map(({ values }) => `sparse ${tensorText(values)}`)),
  type_proto: ({ tp }) => typeText(tp),
  type_protos: ({ typeProtos }) => listText(typeProtos.map(typeText)),
};

/** An attribute's value for people, shortened: `[1, 1, 1, 1]`, `"SAME_UPPER"`, `float32[3, 4]`. */
export function attributeText(attribute: FileAttribute): string {
  if (attribute.refAttrName) return `the function's ${attribute.refAttrName}`;
  const kind = attributeKind(attribute);
  return kind ? TEXTS[kind]!(attribute) : 'of no kind';
}
