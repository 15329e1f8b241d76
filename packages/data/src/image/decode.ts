import { UserError } from '@mfm/cli';
import sharp from 'sharp';
import { cmykToRgb } from './cmyk.ts';
import type { Image } from './image.ts';
import { jpegComponents } from './jpeg-components.ts';

// Images are decoded many at a time, so libvips' threads inside one image and its operation cache only cost memory.
sharp.concurrency(1);
sharp.cache(false);

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
 * Decodes an encoded image to 8-bit RGB as PIL's `convert('RGB')` does for torchvision: embedded colour profiles and
 * EXIF orientation are not applied, alpha is dropped, grey is repeated, CMYK JPEGs are converted by formula. The first frame of
 * an animation is taken.
 *
 * @param encoded JPEG, PNG, WebP, GIF, TIFF, … bytes
 * @param name file name for the message
 * @throws UndecodableImage naming the file when it is damaged, truncated or no image
 */
export async function decodeImage(encoded: Uint8Array, name: string): Promise<Image> {
  try {
    // failOn 'error' accepts what libjpeg only warns of (extraneous bytes, in real ImageNet files) but not truncation.
    const image = sharp(encoded, { failOn: 'error', ignoreIcc: true });
    const isCmyk = jpegComponents(encoded) === 4;
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
