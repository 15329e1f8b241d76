import { UserError } from '@mfm/cli';
import { decode } from 'fast-png';
import { UndecodableImage } from './decode.ts';

/** The numbers in a mask file, as they are stored: one a pixel, rows from the top. */
export interface RawMask {
  values: Uint8Array | Uint16Array;
  width: number;
  height: number;
}

/** PNG's signature: a mask in another format would be read without its exact numbers. */
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Numbers of fewer than 8 bits stand side by side in a byte, the first in its high bits; every row begins a new byte. */
function unpackBits(packed: Uint8Array, width: number, height: number, depth: number): Uint8Array {
  const values = new Uint8Array(width * height);
  const rowBytes = Math.ceil((width * depth) / 8);
  const [perByte, ones] = [8 / depth, 2 ** depth - 1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const byte = packed[y * rowBytes + Math.floor(x / perByte)]!;
      values[y * width + x] = (byte >> (8 - depth * ((x % perByte) + 1))) & ones;
    }
  }
  return values;
}

/**
 * Reads the numbers of a mask: indices of a palette PNG, or values of a grey one of 1 to 16 bits, neither scaled nor turned into colours
 * (which an image decoder such as sharp would do).
 *
 * @param encoded bytes of a PNG
 * @param name file name for the message
 * @throws UserError for another format, or a PNG in colour
 * @throws UndecodableImage for a damaged file
 */
export function decodeMask(encoded: Uint8Array, name: string): RawMask {
  if (Buffer.compare(encoded.subarray(0, SIGNATURE.length), SIGNATURE) !== 0) {
    throw new UserError(
      `decodeMask: a mask must be a PNG, whose numbers are exact, got "${name}". Convert it without loss.`,
    );
  }
  let png: ReturnType<typeof decode>;
  try {
    png = decode(encoded, { checkCrc: true });
  } catch (error) {
    throw new UndecodableImage(name, (error as Error).message.trim().split('\n')[0]!);
  }
  const { width, height, depth, channels, data } = png;
  if (channels !== 1) {
    throw new UserError(
      `decodeMask: a mask must be a PNG in grey or with a palette, one number a pixel, got "${name}" with ${channels} channels. ` +
        'Write the classes as numbers, not as colours.',
    );
  }
  const values = depth < 8 ? unpackBits(data as Uint8Array, width, height, depth) : (data as Uint8Array | Uint16Array);
  return { values, width, height };
}
