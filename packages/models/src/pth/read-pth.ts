import { type ByteSource, withSource } from '../checkpoint/byte-source.ts';
import { LEGACY_BEGIN, readLegacyFormat } from './legacy-format.ts';
import { failFor } from './pth-error.ts';
import type { PthValue } from './pth-value.ts';
import { readZipFormat } from './zip-format.ts';

type ReadFormat = (source: ByteSource) => Promise<PthValue>;

/** The formats by their first bytes. A new one is a new row. */
const FORMATS: readonly (readonly [begin: Uint8Array, read: ReadFormat])[] = [
  [Uint8Array.of(0x50, 0x4b, 0x03, 0x04), readZipFormat],
  [LEGACY_BEGIN, readLegacyFormat],
];

const LONGEST_BEGIN = Math.max(...FORMATS.map(([begin]) => begin.length));

async function readAny(source: ByteSource): Promise<PthValue> {
  const first = await source.read(0, Math.min(LONGEST_BEGIN, source.length));
  const format = FORMATS.find(([begin]) => begin.every((byte, index) => byte === first[index]));
  if (format === undefined)
    return failFor(source.name)('must begin as a zip archive or an older checkpoint of PyTorch');
  return format[1](source);
}

/**
 * Reads a checkpoint that `torch.save` wrote (`.pth`, `.pt`; zip format, or the older one), without running anything in it: a pickle can name only
 * the globals of a short list, which build plain data. The file is untrusted: what is allocated and done is bounded by its length.
 *
 * @param source path, or the file's bytes
 * @returns what was saved: Maps, arrays, texts, numbers, and tensors row-major after their strides, with F16 and BF16 widened to float32, I64 as
 *   bigint, BOOL as bytes. Tensors of one storage may share memory
 * @throws UserError naming the file and what is wrong with it, or the global that is not on the list
 */
export const readPth = (source: string | Uint8Array): Promise<PthValue> => withSource('readPth', source, readAny);
