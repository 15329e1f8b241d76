import type { Random } from '@mfm/data';

/** A field of a message of protocol buffers: its value as bytes, without tag and length. */
interface WireField {
  readonly number: number;
  readonly wire: number;
  readonly value: Uint8Array;
}

type Below = (bound: number) => number;

const VARINT = 0;
const BYTES = 2;
/** Bytes of a value of fixed size, by wire type. */
const FIXED: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

function readVarint(bytes: Uint8Array, begin: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let i = 0; i < 10 && begin + i < bytes.length; i++) {
    value += (bytes[begin + i]! & 0x7f) * 2 ** (7 * i);
    if (bytes[begin + i]! < 0x80) return { value, end: begin + i + 1 };
  }
  return undefined;
}

function varint(value: number): number[] {
  const groups: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...groups, rest];
    groups.push((rest % 128) + 128);
  }
}

/** The fields of a message; undefined for bytes that are none. */
export function parseFields(bytes: Uint8Array): WireField[] | undefined {
  const fields: WireField[] = [];
  for (let position = 0; position < bytes.length; ) {
    const tag = readVarint(bytes, position);
    if (!tag || tag.value < 8 || tag.value >= 2 ** 16) return undefined;
    const wire = tag.value % 8;
    let begin = tag.end;
    let end: number;
    if (wire === BYTES) {
      const length = readVarint(bytes, begin);
      if (!length) return undefined;
      begin = length.end;
      end = begin + length.value;
    } else if (wire === VARINT) end = readVarint(bytes, begin)?.end ?? Number.POSITIVE_INFINITY;
    else end = begin + (FIXED[wire] ?? Number.POSITIVE_INFINITY);
    if (end > bytes.length) return undefined;
    fields.push({ number: Math.floor(tag.value / 8), wire, value: bytes.subarray(begin, end) });
    position = end;
  }
  return fields;
}

/** The message of these fields. */
export function joinFields(fields: readonly WireField[]): Uint8Array {
  const parts = fields.map(({ number, wire, value }) => {
    const head = [...varint(8 * number + wire), ...(wire === BYTES ? varint(value.length) : [])];
    return Buffer.concat([Uint8Array.from(head), value]);
  });
  return new Uint8Array(Buffer.concat(parts));
}

/** Numbers at which enumerations, dimensions, versions and lengths change what they mean. */
const TELLING = [0, 1, 2, 5, 7, 8, 14, 16, 17, 22, 99, 2 ** 31, 2 ** 40, 2 ** 52];
const TEXTS = ['', 'x', '..', '../secret', '/etc/passwd', 'location', 'Constant', 'If', 'Reshape', '\u0000\n'];

const drawValue = (below: Below): WireField['value'] =>
  below(2) === 0
    ? Uint8Array.from(varint(TELLING[below(TELLING.length)]!))
    : new TextEncoder().encode(TEXTS[below(TEXTS.length)]!);

type Change = (fields: WireField[], index: number, below: Below) => WireField[];

/** What can happen to one field among others. */
const CHANGES: readonly Change[] = [
  (fields, index) => fields.filter((_, i) => i !== index),
  (fields, index) => [...fields, fields[index]!],
  (fields, index, below) => {
    const other = below(fields.length);
    return fields.map((field, i) => (i === index ? fields[other]! : i === other ? fields[index]! : field));
  },
  (fields, index, below) => fields.with(index, { ...fields[index]!, number: 1 + below(25) }),
  (fields, index, below) => {
    const { wire, value } = fields[below(fields.length)]!;
    return fields.with(index, { number: fields[index]!.number, wire, value });
  },
  (fields, index, below) => {
    const field = fields[index]!;
    if (field.wire === VARINT)
      return fields.with(index, { ...field, value: Uint8Array.from(varint(TELLING[below(TELLING.length)]!)) });
    return field.wire === BYTES ? fields.with(index, { ...field, value: drawValue(below) }) : fields;
  },
  // A message in itself, where it would be in another: nesting grows.
  (fields, index) => fields.with(index, { ...fields[index]!, wire: BYTES, value: joinFields(fields) }),
];

/**
 * A message with one field changed, at any depth, and all lengths as they must be: what byte damage cannot reach, since it breaks the lengths.
 * Which bytes are messages is guessed: no schema is needed.
 */
export function damageFields(bytes: Uint8Array, random: Random): Uint8Array {
  const below: Below = (bound) => random.integer(Math.max(1, bound));
  const change = (message: Uint8Array, depth: number): Uint8Array => {
    const fields = parseFields(message);
    if (!fields?.length) return drawValue(below);
    const index = below(fields.length);
    const { wire, value } = fields[index]!;
    if (wire === BYTES && depth < 12 && below(5) > 0 && parseFields(value)?.length)
      return joinFields(fields.with(index, { ...fields[index]!, value: change(value, depth + 1) }));
    return joinFields(CHANGES[below(CHANGES.length)]!(fields, index, below));
  };
  let damaged = bytes;
  for (let count = 1 + below(3); count > 0; count--) damaged = change(damaged, 0);
  return damaged;
}
