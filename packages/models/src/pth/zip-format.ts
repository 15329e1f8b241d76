import type { ByteSource } from '../checkpoint/byte-source.ts';
import { ELEMENT_TYPES } from '../checkpoint/safetensors-type.ts';
import { unpickle } from './pickle-machine.ts';
import { type Fail, failFor, quote } from './pth-error.ts';
import type { PthValue } from './pth-value.ts';
import { fillTensors } from './rebuild-tensor.ts';
import { readZipDirectory, readZipEntry, type ZipEntry } from './zip-directory.ts';

/** What newer files say of the byte order. */
const LITTLE = 'little';

/** The pickle, in the archive's one folder. */
const PICKLE = /^[^/]*\/data\.pkl$/;

async function isLittle(source: ByteSource, order: ZipEntry, fail: Fail): Promise<boolean> {
  return order.size === LITTLE.length && Buffer.from(await readZipEntry(source, order, fail)).toString() === LITTLE;
}

/** A checkpoint of PyTorch 1.6 or later: `<stem>/data.pkl`, `<stem>/data/<key>` for each storage, `<stem>/byteorder` in newer ones. */
export async function readZipFormat(source: ByteSource): Promise<PthValue> {
  const fail = failFor(source.name);
  const entries = await readZipDirectory(source, fail);
  const pickles = [...entries.keys()].filter((name) => PICKLE.test(name));
  if (pickles.length !== 1) return fail('the archive must hold one <name>/data.pkl');
  const folder = pickles[0]!.slice(0, -'data.pkl'.length);
  const order = entries.get(`${folder}byteorder`);
  if (order !== undefined && !(await isLittle(source, order, fail))) return fail('its numbers must be little-endian');

  const { value, tensors } = unpickle(source.name, await readZipEntry(source, entries.get(pickles[0]!)!, fail));
  await fillTensors(
    tensors,
    source.length,
    async ({ key, type, count }) => {
      const entry = entries.get(`${folder}data/${key}`);
      if (entry === undefined) return fail(`storage ${quote(key)} is missing`);
      const bytes = count * ELEMENT_TYPES[type].size;
      if (entry.size !== bytes) return fail(`storage ${quote(key)} must have ${bytes} bytes, got ${entry.size}`);
      return readZipEntry(source, entry, fail);
    },
    fail,
  );
  return value;
}
