import { Reader } from 'protobufjs/minimal.js';

/** `ModelProto.metadata_props`, and the two fields of its entries (onnx.proto3). */
const METADATA_PROPS = 14;
const KEY = 1;

/** Every field that this project's models use is of one of protobuf's six wire types, below 6. */
function readEntry(reader: Reader): [string, string] {
  const entry = { key: '', value: '' };
  const end = reader.uint32() + reader.pos;
  while (reader.pos < end) {
    const tag = reader.uint32();
    entry[tag >>> 3 === KEY ? 'key' : 'value'] = reader.string();
  }
  return [entry.key, entry.value];
}

/**
 * What an ONNX file says of itself. onnxruntime-web does not show `metadata_props`, so they are read from the file; the graph is skipped, not
 * parsed.
 *
 * @throws Error when the bytes are not an ONNX file
 */
export function readMetadata(bytes: Uint8Array): Record<string, string> {
  const entries: [string, string][] = [];
  try {
    const reader = Reader.create(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag >>> 3 === METADATA_PROPS) entries.push(readEntry(reader));
      else reader.skipType(tag & 7);
    }
  } catch (error) {
    throw new Error('readMetadata: the file must be an ONNX model, and is not, or it is cut short.', { cause: error });
  }
  return Object.fromEntries(entries);
}
