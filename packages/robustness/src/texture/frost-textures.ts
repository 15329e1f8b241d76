import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@mfm/cli';
import { decodeImage, type Image } from '@mfm/data';
import { bilinearResize } from '../image/bilinear-resize.ts';
import { FROST_STATISTICS } from './frost-statistics.ts';
import { frostTexture } from './frost-texture.ts';

/** How many of the textures are drawn from: the reference never takes its sixth. */
export const FROST_DRAWN = 5;

const made: Image[] = [];

/** The procedural texture in place of photograph `index`, 0 to 5; made when first needed. */
export function proceduralFrost(index: number): Image {
  made[index] ??= frostTexture(FROST_STATISTICS[index]!);
  return made[index];
}

/**
 * Reads the reference's photographs, `frost1.png` to `frost6.jpg` (or other endings), for use in place of the procedural textures.
 *
 * @returns in memory that threads share
 * @throws UserError when one of the five that are drawn from is missing
 */
export async function loadFrostPhotographs(dir: string): Promise<Image[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`loadFrostPhotographs: the folder must be readable, got "${dir}" (${error.code}).`);
  });
  const photographs: Image[] = [];
  for (let i = 1; i <= FROST_DRAWN; i++) {
    const file = names.find((name) => new RegExp(`^frost${i}\\.(png|jpe?g)$`, 'i').test(name));
    if (file === undefined) {
      throw new UserError(
        `loadFrostPhotographs: the folder must hold frost1.png … frost5.jpg, got no frost${i} in "${dir}". Take them from hendrycks/robustness, or leave the option out.`,
      );
    }
    const { pixels, width, height } = await decodeImage(await readFile(join(dir, file)), file);
    const shared = new Uint8Array(new SharedArrayBuffer(pixels.length));
    shared.set(pixels);
    photographs.push({ pixels: shared, width, height });
  }
  return photographs;
}

const resized = new WeakMap<Image, Map<number, Image>>();

/**
 * A texture at a scale, or larger where it would not leave room to move a crop in.
 *
 * @param scale 1 at 224 px and above, less for the small tables
 * @param crop what will be cut from it
 */
export function scaledFrost(texture: Image, scale: number, crop: Pick<Image, 'width' | 'height'>): Image {
  const room = Math.max((crop.width + 1) / texture.width, (crop.height + 1) / texture.height);
  const factor = Math.max(scale, room);
  if (factor === 1) return texture;
  const versions = resized.get(texture) ?? new Map<number, Image>();
  resized.set(texture, versions);
  let version = versions.get(factor);
  if (!version) {
    // One other size at a time: images of many sizes must not fill the memory.
    versions.clear();
    version = bilinearResize(texture, factor);
    versions.set(factor, version);
  }
  return version;
}
