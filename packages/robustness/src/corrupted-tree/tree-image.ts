import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '@mfm/cli';
import { applyTransform, type Image, type ImageReader, type TransformSpec, UndecodableImage } from '@mfm/data';
import sharp from 'sharp';
import { corruptImage } from '../corruption/corrupt-image.ts';
import type { Severity } from '../corruption/corruption.ts';
import { findCorruption } from '../corruption/corruption-table.ts';

/** How the images of a tree are made: plain data, for threads. */
export interface TreeSettings {
  readonly seed: number;
  /** What an image goes through first; left out, it keeps its size. */
  readonly transform?: TransformSpec;
  readonly format: TreeFormat;
  /** Of JPEG, 1 to 100. */
  readonly quality: number;
  /** Names of corruptions, and severities of each. */
  readonly corruptions: readonly string[];
  readonly severities: readonly Severity[];
}

export type TreeFormat = 'jpeg' | 'png';

/** Endings of the files: ImageNet's own. */
export const TREE_EXTENSIONS: Readonly<Record<TreeFormat, string>> = { jpeg: 'JPEG', png: 'png' };

/** One image of the data set, and what its files are called below `<corruption>/<severity>`. */
export interface TreeImage {
  readonly index: number;
  readonly folder: string;
  readonly name: string;
}

/** What came of one image. */
export interface TreeImageResult {
  readonly written: number;
  /** Files that were there. */
  readonly kept: number;
  /** Why it could not be decoded, if so. */
  readonly bad?: { readonly file: string; readonly reason: string };
}

/** Path of one image below the tree. */
export const treePath = (
  { folder, name }: Pick<TreeImage, 'folder' | 'name'>,
  corruption: string,
  severity: number,
  format: TreeFormat,
): string => join(corruption, String(severity), folder, `${name}.${TREE_EXTENSIONS[format]}`);

/** 4:2:0 like Pillow's default, with which the published images were written; Huffman tables of its own make a smaller file of the same pixels. */
function encode({ pixels, width, height }: Image, { format, quality }: TreeSettings): Promise<Buffer> {
  const image = sharp(pixels, { raw: { width, height, channels: 3 } });
  if (format === 'png') return image.png().toBuffer();
  return image.jpeg({ quality, chromaSubsampling: '4:2:0', optimizeCoding: true }).toBuffer();
}

/** @throws UndecodableImage naming the file */
async function readTransformed(reader: ImageReader, index: number, { transform, seed }: TreeSettings): Promise<Image> {
  const image = await reader.read(index);
  if (!transform) return image;
  const pixels = applyTransform(image, transform, { seed, epoch: 0, sample: index });
  return { pixels, width: transform.size, height: transform.size };
}

/** Writes all of one image's files that are missing; the image is read only if one is. */
export async function writeTreeImage(
  reader: ImageReader,
  out: string,
  image: TreeImage,
  settings: TreeSettings,
  frostTextures?: readonly Image[],
): Promise<TreeImageResult> {
  const { seed, format, corruptions, severities } = settings;
  const files = corruptions.flatMap((corruption) =>
    severities.map((severity) => ({
      corruption,
      severity,
      path: join(out, treePath(image, corruption, severity, format)),
    })),
  );
  const missing = files.filter(({ path }) => !existsSync(path));
  const kept = files.length - missing.length;
  if (missing.length === 0) return { written: 0, kept };
  let source: Image;
  try {
    source = await readTransformed(reader, image.index, settings);
  } catch (error) {
    if (!(error instanceof UndecodableImage)) throw error;
    return { written: 0, kept, bad: { file: error.file, reason: error.reason } };
  }
  for (const { corruption, severity, path } of missing) {
    const options = { seed, sample: image.index, frostTextures };
    const pixels = corruptImage(source, findCorruption(corruption), severity, options);
    // Not flushed one by one: of a tree that a power cut has hit, the last files are the ones to make again.
    await writeFileAtomic(path, await encode({ ...source, pixels }, settings), { flush: false });
  }
  return { written: missing.length, kept };
}
