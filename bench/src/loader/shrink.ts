import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@mfm/cli';
import { decodeImage, resample } from '@mfm/data';
import sharp from 'sharp';
import { median } from '../timing.ts';
import { listImages } from './list-images.ts';

/** libvips scales by DCT from a reduction of three on: at exactly two it leaves libjpeg's rounding alone. */
const LEAST_REDUCTION = 3;

/** What decoding JPEGs smaller would bring, and change. */
export interface ShrinkResult {
  readonly images: number;
  /** Images that are three times as large as the result or more: the others are decoded whole either way. */
  readonly reducible: number;
  /** Median processor milliseconds of decoding and resizing a reducible image, whole and shrunk on load. */
  readonly whole: number;
  readonly shrunk: number;
  /** Over all values of the reducible images, in steps of 1/255. */
  readonly meanDifference: number;
  readonly largestDifference: number;
  /** Peak signal-to-noise ratio in dB. */
  readonly psnr: number;
}

async function measured<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return [result, (user + system) / 1000];
}

/** Shrinks on load to a third and less, as far as the result allows; libvips chooses the DCT's scale. */
async function decodeShrunk(encoded: Uint8Array, width: number, height: number, reduction: number) {
  const [w, h] = [Math.round(width / reduction), Math.round(height / reduction)];
  const { data, info } = await sharp(encoded, { ignoreIcc: true })
    .resize(w, h, { fit: 'fill', kernel: 'cubic' })
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { pixels: data, width: info.width, height: info.height };
}

/**
 * Resizes whole images to `size` × `size` twice: decoded whole, and shrunk on load to a third or less first.
 *
 * @param folder of JPEGs, at any depth
 * @param size side of the result in pixels
 * @throws UserError for a folder without JPEGs
 */
export async function benchShrink(folder: string, size: number, limit: number): Promise<ShrinkResult> {
  const paths = (await listImages(folder)).filter((path) => /\.jpe?g$/i.test(path)).slice(0, limit);
  if (paths.length === 0) throw new UserError(`bench shrink: --data must be a folder of JPEGs, got "${folder}".`);
  const [wholes, shrunks]: [number[], number[]] = [[], []];
  let [values, sum, squares, largest] = [0, 0, 0, 0];
  for (const path of paths) {
    const encoded = await readFile(join(folder, path));
    const { width = 0, height = 0, space } = await sharp(encoded).metadata();
    const reduction = Math.floor(Math.min(width, height) / size);
    if (reduction < LEAST_REDUCTION || space === 'cmyk') continue;
    const resize = (image: Awaited<ReturnType<typeof decodeImage>>) =>
      resample(image, {
        box: { left: 0, top: 0, width: image.width, height: image.height },
        ...{ outWidth: size, outHeight: size },
      });
    const [whole, wholeMs] = await measured(async () => resize(await decodeImage(encoded, path)));
    const [shrunk, shrunkMs] = await measured(async () =>
      resize(await decodeShrunk(encoded, width, height, reduction)),
    );
    wholes.push(wholeMs);
    shrunks.push(shrunkMs);
    whole.forEach((value, i) => {
      const difference = Math.abs(value - shrunk[i]!);
      sum += difference;
      squares += difference * difference;
      largest = Math.max(largest, difference);
    });
    values += whole.length;
  }
  return {
    ...{ images: paths.length, reducible: wholes.length },
    ...(wholes.length > 0 ? { whole: median(wholes), shrunk: median(shrunks) } : { whole: 0, shrunk: 0 }),
    meanDifference: values > 0 ? sum / values : 0,
    largestDifference: largest,
    psnr: squares > 0 ? 10 * Math.log10((255 * 255 * values) / squares) : Number.POSITIVE_INFINITY,
  };
}
