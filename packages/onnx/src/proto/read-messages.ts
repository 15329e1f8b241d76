import protobuf from 'protobufjs';
import { type ByteRange, type ByteSource, bytesSource } from './byte-source.ts';
import type { FileModel } from './file-messages.ts';
import { ModelProto } from './messages.ts';
import { type Integer, MalformedFile, toInteger, WIRE, WireReader } from './wire-reader.ts';

/**
 * Bounds of what is read. Nothing is allocated by a size that a file claims; these bound what its own bytes can be blown up to: an empty
 * message takes two bytes in the file and some hundred in memory, and the reader calls itself for every level of nesting.
 */
const LIMITS = { depth: 64, messages: 4e6 };

type NumberKind = 'float' | 'double' | 'int32' | 'int64' | 'uint64';

/** A field as its reader needs it. */
interface Field {
  readonly name: string;
  readonly repeated: boolean;
  readonly kind: NumberKind | 'string' | 'bytes' | 'message';
  /** Left where it is: a tensor's data. */
  readonly lazy: boolean;
  readonly message: protobuf.Type | undefined;
}

interface Schema {
  readonly fields: ReadonlyMap<number, Field>;
  readonly repeated: readonly string[];
}

const KINDS: Readonly<Record<string, Field['kind']>> = {
  string: 'string',
  bytes: 'bytes',
  float: 'float',
  double: 'double',
  int32: 'int32',
  int64: 'int64',
  uint64: 'uint64',
};

const schemas = new Map<protobuf.Type, Schema>();

function schemaOf(type: protobuf.Type): Schema {
  const known = schemas.get(type);
  if (known) return known;
  const fields = new Map<number, Field>();
  for (const field of type.fieldsArray) {
    const { resolvedType } = field.resolve();
    const message = resolvedType instanceof protobuf.Type ? resolvedType : undefined;
    const lazy = type.name === 'TensorProto' && /Data$/.test(field.name) && field.name !== 'externalData';
    const kind = message ? 'message' : (KINDS[field.type] ?? 'int32');
    fields.set(field.id, { name: field.name, repeated: field.repeated, kind, lazy, message });
  }
  const schema = { fields, repeated: [...fields.values()].filter((f) => f.repeated).map((f) => f.name) };
  schemas.set(type, schema);
  return schema;
}

type Message = Record<string, unknown>;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lossy = new TextDecoder('utf-8', { ignoreBOM: true });

/** A file's messages, and what was wrong with its texts. */
export interface ReadMessages {
  readonly model: FileModel;
  /** Texts that are not UTF-8: where they stand. */
  readonly badTexts: readonly string[];
}

/** One pass over the file; a class since depth, counts and the source go everywhere. */
class MessageReader {
  readonly #source: ByteSource;
  #messages = 0;
  readonly badTexts: string[] = [];

  constructor(source: ByteSource) {
    this.#source = source;
  }

  read(type: protobuf.Type, range: ByteRange, depth: number): Message {
    const reader = new WireReader(this.#source, range);
    if (depth > LIMITS.depth) reader.fail(`messages are nested more than ${LIMITS.depth} deep`);
    if (++this.#messages > LIMITS.messages) reader.fail(`it holds more than ${LIMITS.messages} messages`);
    const { fields, repeated } = schemaOf(type);
    const message: Message = {};
    for (const name of repeated) message[name] = [];
    while (!reader.done) {
      const { field: number, wire } = reader.tag();
      const field = fields.get(number);
      if (field) this.#readField(message, field, reader, wire, type.name, depth);
      else reader.skip(wire, `a field of ${type.name}`);
    }
    return message;
  }

  #readField(message: Message, field: Field, reader: WireReader, wire: number, owner: string, depth: number): void {
    const what = `${owner}.${field.name}`;
    if (!field.repeated) {
      message[field.name] = this.#readValue(field, reader, wire, what, depth);
      return;
    }
    const list = message[field.name] as unknown[];
    if (wire !== WIRE.bytes || !isNumber(field.kind) || field.lazy) {
      list.push(this.#readValue(field, reader, wire, what, depth));
      return;
    }
    const packed = new WireReader(this.#source, reader.range(what));
    while (!packed.done) list.push(NUMBER_READERS[field.kind](packed));
  }

  #readValue({ kind, lazy, message, repeated }: Field, reader: WireReader, wire: number, what: string, depth: number) {
    const packed = repeated && lazy && wire === WIRE.bytes;
    if (isNumber(kind) && !packed) {
      const own = kind === 'float' ? WIRE.fixed32 : kind === 'double' ? WIRE.fixed64 : WIRE.varint;
      if (wire !== own) reader.fail(`${what} must be a number, got the wire type ${wire}`);
      return NUMBER_READERS[kind](reader);
    }
    if (wire !== WIRE.bytes)
      reader.fail(`${what} must be a ${message ? 'message' : 'text'}, got the wire type ${wire}`);
    const range = reader.range(what);
    if (message) return this.read(message, range, depth + 1);
    if (lazy) return range;
    const bytes = this.#source.read(range.begin, range.end);
    // A copy: a view would keep a window of the file, or the file, in memory.
    return kind === 'bytes' ? new Uint8Array(bytes) : this.#text(bytes, what, range.begin);
  }

  #text(bytes: Uint8Array, what: string, position: number): string {
    try {
      return utf8.decode(bytes);
    } catch {
      this.badTexts.push(`${what} at byte ${position}`);
      return lossy.decode(bytes);
    }
  }
}

const isNumber = (kind: Field['kind']): kind is NumberKind => Object.hasOwn(NUMBER_READERS, kind);

const NUMBER_READERS: { readonly [K in NumberKind]: (reader: WireReader) => Integer } = {
  float: (reader) => reader.float32(),
  double: (reader) => reader.float64(),
  int32: (reader) => Number(BigInt.asIntN(32, reader.varint())),
  int64: (reader) => toInteger(BigInt.asIntN(64, reader.varint())),
  uint64: (reader) => toInteger(reader.varint()),
};

/**
 * Reads a file's messages without its tensors' data, in one pass, whatever its size.
 *
 * @throws MalformedFile when the bytes are not the message that an ONNX file is
 */
export function readMessages(source: ByteSource): ReadMessages {
  const reader = new MessageReader(source);
  const model = reader.read(ModelProto, { begin: 0, end: source.length }, 0) as unknown as FileModel;
  if (!model.graph) throw new MalformedFile('it holds no graph');
  return { model, badTexts: reader.badTexts };
}

/**
 * The numbers of a tensor's typed field.
 *
 * @param most how many are wanted at most; the rest is not read
 */
export function unpackNumbers(
  source: ByteSource,
  packed: readonly (ByteRange | Integer)[],
  kind: NumberKind,
  most: number,
): Integer[] {
  const numbers: Integer[] = [];
  for (const part of packed) {
    if (typeof part !== 'object') numbers.push(part);
    else {
      const bytes = source.read(part.begin, Math.min(part.end, part.begin + 10 * most));
      const reader = new WireReader(bytesSource(bytes), { begin: 0, end: bytes.length });
      while (!reader.done && numbers.length < most) numbers.push(NUMBER_READERS[kind](reader));
    }
    if (numbers.length >= most) break;
  }
  return numbers.slice(0, most);
}
