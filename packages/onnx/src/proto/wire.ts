/** Wire type of strings, bytes and messages (protobuf encoding, "length-delimited"). */
const LENGTH_DELIMITED = 2;

/** Base-128 digits, least significant first; above 32 bits too. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}

/** Bytes of some chunks together. */
export const byteLength = (chunks: readonly Uint8Array[]): number =>
  chunks.reduce((sum, { length }) => sum + length, 0);

/**
 * A protobuf field whose content is at hand in chunks, none of which is copied.
 *
 * @param field its number in the message
 */
export function lengthDelimited(field: number, content: readonly Uint8Array[]): Uint8Array[] {
  const header = Uint8Array.from([...varint(field * 8 + LENGTH_DELIMITED), ...varint(byteLength(content))]);
  return [header, ...content];
}

/** The chunks as one array. */
export function joinChunks(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(byteLength(chunks));
  let position = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, position);
    position += chunk.length;
  }
  return bytes;
}
