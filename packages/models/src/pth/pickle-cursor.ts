import type { Fail } from './pth-error.ts';

/** Longest line and longest integer that are read; what PyTorch writes is far shorter. */
const [MAX_LINE, MAX_INTEGER_BYTES] = [1024, 256];

/** Reads a pickle's bytes one item after the other; never beyond their end. */
export interface PickleCursor {
  /** Where the next item begins. */
  readonly position: number;
  readonly length: number;
  take(count: number): Uint8Array;
  uint8(): number;
  uint16(): number;
  int32(): number;
  uint32(): number;
  /** At most 2^53: more than any file has. */
  uint64(): number;
  /** Big-endian, unlike all else. */
  float64(): number;
  /** A signed integer of any length. */
  integer(bytes: number): number | bigint;
  /** UTF-8. */
  text(bytes: number): string;
  /** Text up to the next line feed, which is passed over. */
  line(): string;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A cursor at some position of these bytes. */
export function openPickle(bytes: Uint8Array, begin: number, fail: Fail): PickleCursor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = begin;
  /** Moves on, and gives where it was. */
  const pass = (count: number): number => {
    if (count > bytes.length - position) fail('ends within its pickle: it is truncated');
    position += count;
    return position - count;
  };
  const take = (count: number) => {
    const at = pass(count);
    return bytes.subarray(at, at + count);
  };
  const text = (count: number) => {
    const encoded = take(count);
    try {
      return decoder.decode(encoded);
    } catch {
      return fail('holds text that is not UTF-8');
    }
  };
  return {
    get position() {
      return position;
    },
    length: bytes.length,
    take,
    text,
    uint8: () => view.getUint8(pass(1)),
    uint16: () => view.getUint16(pass(2), true),
    int32: () => view.getInt32(pass(4), true),
    uint32: () => view.getUint32(pass(4), true),
    uint64: () => Math.min(Number(view.getBigUint64(pass(8), true)), Number.MAX_SAFE_INTEGER),
    float64: () => view.getFloat64(pass(8)),
    integer(count) {
      if (count > MAX_INTEGER_BYTES) fail(`holds an integer of ${count} bytes`);
      let value = 0n;
      for (const byte of take(count).slice().reverse()) value = (value << 8n) | BigInt(byte);
      const signed = BigInt.asIntN(8 * count, value);
      return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
    },
    line() {
      const end = bytes.subarray(0, position + MAX_LINE).indexOf(0x0a, position);
      if (end < 0) fail('holds a line without an end');
      const line = text(end - position);
      pass(1);
      return line;
    },
  };
}
