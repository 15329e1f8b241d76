import createCodec, { type JpegDecoder } from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs';
import type { Image } from './image.ts';

let decoder: Promise<JpegDecoder> | undefined;

/**
 * Decodes a colour JPEG on this thread, to the pixels that `sharp` gives: both are libjpeg's.
 *
 * @param encoded a JPEG of three components with 8 bits
 * @returns undefined where libjpeg has an error, or only a warning: whether it can be used is for `sharp` to say
 */
export async function decodeJpeg(encoded: Uint8Array): Promise<Image | undefined> {
  decoder ??= createCodec({ print() {}, printErr() {} }).then(({ JPEGDecoder }) => new JPEGDecoder());
  const codec = await decoder;
  try {
    codec.getEncodedBuffer(encoded.length).set(encoded);
    codec.decode();
    const { width, height } = codec.getFrameInfo();
    return { pixels: codec.getDecodedBuffer().slice(), width, height };
  } catch {
    // What it held is lost in its memory, so the next image gets a new one.
    decoder = undefined;
    return undefined;
  }
}
