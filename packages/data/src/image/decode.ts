import { isMainThread } from 'node:worker_threads';
import { UserError } from '@mfm/cli';
import { cmykToRgb } from './cmyk.ts';
import { decodeJpeg } from './decode-jpeg.ts';
import type { Image } from './image.ts';
import { type JpegHeader, jpegHeader } from './jpeg-header.ts';

/** Loaded when something needs it: that takes 55 ms, and most threads never do. */
let loading: Promise<typeof import('sharp').default> | undefined;

function loadSharp() {
  loading ??= import('sharp').then(({ default: sharp }) => {
    // Images are decoded many at a time, so libvips' threads inside one image and its operation cache only cost memory.
    sharp.concurrency(1);
    sharp.cache(false);
    return sharp;
  });
  return loading;
}

/** An image file that cannot be read or decoded; with `skipBad` it is left out and listed. */
export class UndecodableImage extends UserError {
  constructor(
    readonly file: string,
    readonly reason: string,
  ) {
    super(`decodeImage: every image must be decodable, got "${file}" (${reason}). Replace it, or pass --skip-bad.`);
  }
}

/**
 * Pixels of the largest JPEG that is decoded on the calling thread, which saves what `sharp` spends on threads and buffers. Loader threads are one a core, so they do it
 * for all but those that would keep much memory; on the main thread, which has other work and `sharp`'s pool of threads, it is small ones, where that is most of the time.
 */
const MOST_PIXELS = isMainThread ? 128 ** 2 : 2 ** 22;

const isDecodedHere = ({ precision, components, width, height }: JpegHeader) =>
  precision === 8 && components === 3 && width * height <= MOST_PIXELS;

/**
 * Decodes an encoded image to 8-bit RGB as PIL's `convert('RGB')` does for torchvision: embedded colour profiles and
 * EXIF orientation are not applied, alpha is dropped, grey is repeated, CMYK JPEGs are converted by formula. The first frame of
 * an animation is taken.
 *
 * @param encoded JPEG, PNG, WebP, GIF, TIFF, … bytes
 * @param name file name for the message
 * @throws UndecodableImage naming the file when it is damaged, truncated or no image
 */
export async function decodeImage(encoded: Uint8Array, name: string): Promise<Image> {
  const header = jpegHeader(encoded);
  const decoded = header && isDecodedHere(header) ? await decodeJpeg(encoded) : undefined;
  if (decoded) return decoded;
  const sharp = await loadSharp();
  try {
    // failOn 'error' accepts what libjpeg only warns of (extraneous bytes, in real ImageNet files) but not truncation.
    const image = sharp(encoded, { failOn: 'error', ignoreIcc: true });
    const isCmyk = header?.components === 4;
    // Left to itself, sharp converts CMYK through a colour profile of its own.
    if (isCmyk) image.pipelineColourspace('cmyk').toColourspace('cmyk');
    else image.removeAlpha().toColourspace('srgb');
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
    if (isCmyk && info.channels === 4) return { pixels: cmykToRgb(data), width: info.width, height: info.height };
    if (info.channels === 3) return { pixels: data, width: info.width, height: info.height };
    throw new Error(`${info.channels} channels`);
  } catch (error) {
    throw new UndecodableImage(name, (error as Error).message.trim().split('\n')[0]!);
  }
}
