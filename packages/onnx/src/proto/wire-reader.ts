import type { ByteRange, ByteSource } from './byte-source.ts';

/** A whole number: a bigint only where a number would not be exact (beyond ±2^53). */
export type Integer = number | bigint;

/** What the bytes are not: the message says what is wrong, and at which byte. */
export class MalformedFile extends Error {
  override name = 'MalformedFile';
}

/** Wire types of protocol buffers (https://protobuf.dev/programming-guides/encoding). */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;

const LARGEST_FIELD = 2 ** 29 - 1;

/** Reads values of the wire format, one after another, out of a stretch of a source; never past its end. */
export class WireReader {
  readonly #source: ByteSource;
  #position: number;
  readonly end: number;

  constructor(source: ByteSource, { begin, end }: ByteRange) {
    this.#source = source;
    this.#position = begin;
    this.end = end;
  }

  get position(): number {
    return this.#position;
  }

  get done(): boolean {
    return this.#position >= this.end;
  }

  fail(what: string, position = this.#position): never {
    throw new MalformedFile(`${what} at byte ${position}`);
  }

  #take(count: number, what: string): Uint8Array {
    const begin = this.#position;
    if (count > this.end - begin) this.fail(`it ends in the middle of ${what}`, begin);
    this.#position = begin + count;
    return this.#source.read(begin, begin + count);
  }

  /** The 64 bits of a varint. */
  varint(): bigint {
    const begin = this.#position;
    const bytes = this.#source.read(begin, Math.min(this.end, begin + 10));
    let value = 0n;
    // Seven bits at a time; the first four groups as a number, which is much faster and nearly always all there is.
    let low = 0;
    for (let i = 0; i < bytes.length; i++) {
      const group = bytes[i]! & 0x7f;
      if (i < 4) low |= group << (7 * i);
      else value |= BigInt(group) << BigInt(7 * i);
      if (bytes[i]! < 0x80) {
        this.#position = begin + i + 1;
        return BigInt.asUintN(64, value | BigInt(low));
      }
    }
    return this.fail(
      bytes.length < 10 ? 'it ends in the middle of a number' : 'a number has more than ten bytes',
      begin,
    );
  }

  /** A field's number and wire type. */
  tag(): { field: number; wire: number } {
    const begin = this.#position;
    const tag = Number(this.varint());
    const field = Math.floor(tag / 8);
    if (field < 1 || field > LARGEST_FIELD) this.fail(`a field has the number ${field}`, begin);
    return { field, wire: tag % 8 };
  }

  /** The stretch of a length-delimited value, which is not read. */
  range(what: string): ByteRange {
    const begin = this.#position;
    const length = Number(this.varint());
    if (length > this.end - this.#position) {
      this.fail(`${what} claims ${length} bytes where ${this.end - this.#position} are left`, begin);
    }
    const range = { begin: this.#position, end: this.#position + length };
    this.#position = range.end;
    return range;
  }

  float32(): number {
    const bytes = this.#take(4, 'a number');
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
  }

  float64(): number {
    const bytes = this.#take(8, 'a number');
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
  }

  /** Passes over a value of a field that is not known. */
  skip(wire: number, what: string): void {
    if (wire === WIRE.varint) this.varint();
    else if (wire === WIRE.fixed64) this.#take(8, what);
    else if (wire === WIRE.fixed32) this.#take(4, what);
    else if (wire === WIRE.bytes) this.range(what);
    else this.fail(`${what} has the wire type ${wire}, which ONNX does not use`);
  }
}

/** A number where it is exact, else the bigint. */
export function toInteger(value: bigint): Integer {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
