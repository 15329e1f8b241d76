import type { ByteSource } from '../checkpoint/byte-source.ts';
import { ELEMENT_TYPES } from '../checkpoint/safetensors-type.ts';
import { unpickle } from './pickle-machine.ts';
import { failFor, quote } from './pth-error.ts';
import type { PthValue } from './pth-value.ts';
import { fillTensors } from './rebuild-tensor.ts';

/** `torch.serialization`: the first two pickles. */
const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;

/** A magic number as a pickle: PROTO 2, LONG1, 10 bytes. */
export const LEGACY_BEGIN = Uint8Array.of(0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc);

/**
 * A checkpoint as PyTorch wrote it before 1.6: pickles of a magic number, the protocol, the writing system, the object and the list of its
 * storages' keys; then for each storage its count as int64, and its elements. It has no directory, so it is read whole.
 */
export async function readLegacyFormat(source: ByteSource): Promise<PthValue> {
  const fail = failFor(source.name);
  const bytes = await source.read(0, source.length);
  let end = 0;
  const next = () => {
    const unpickled = unpickle(source.name, bytes, end);
    end = unpickled.end;
    return unpickled;
  };
  if (next().value !== MAGIC) return fail('the magic number is missing');
  const protocol = next().value;
  if (protocol !== PROTOCOL) return fail(`the protocol must be ${PROTOCOL}`);
  const system = next().value;
  if (system instanceof Map && system.get('little_endian') === false) return fail('its numbers must be little-endian');
  const { value, tensors, storages } = next();
  const keys = next().value;
  if (!Array.isArray(keys)) return fail('the list of storages is missing');

  const view = new DataView(bytes.buffer);
  const places = new Map<string, number>();
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (storage === undefined || places.has(key as string))
      return fail('the list of storages does not fit the tensors');
    if (end + 8 > bytes.length) return fail(`ends before storage ${quote(storage.key)}: it is truncated`);
    const count = view.getBigInt64(end, true);
    if (count !== BigInt(storage.count))
      return fail(`storage ${quote(storage.key)} has another length than its tensors say`);
    places.set(storage.key, end + 8);
    end += 8 + storage.count * ELEMENT_TYPES[storage.type].size;
    if (end > bytes.length) return fail(`ends within storage ${quote(storage.key)}: it is truncated`);
  }
  await fillTensors(
    tensors,
    source.length,
    async ({ key, type, count }) => {
      const begin = places.get(key);
      if (begin === undefined) return fail(`storage ${quote(key)} is missing`);
      return bytes.slice(begin, begin + count * ELEMENT_TYPES[type].size);
    },
    fail,
  );
  return value;
}
