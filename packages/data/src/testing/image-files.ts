import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { pack } from 'tar-stream';

/** Runs a test in a folder of its own, removed afterwards. */
export async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'mfm-data-'));
  try {
    return await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** RGB bytes that differ from pixel to pixel and from one `tag` to another. */
export function testPixels(width: number, height: number, tag: number): Uint8Array {
  return Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7 + tag * 31 + ((i * i) >> 5)) & 0xff);
}

/** An encoded image of `testPixels`; PNG decodes to the same bytes. */
export function encodeTestImage(
  width: number,
  height: number,
  tag: number,
  format: 'png' | 'jpeg' = 'png',
): Promise<Buffer> {
  return sharp(testPixels(width, height, tag), { raw: { width, height, channels: 3 } })
    .toFormat(format)
    .toBuffer();
}

/** Writes files (path below `root` → content), making folders. */
export async function writeTree(root: string, files: Record<string, Uint8Array | string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

/** A tar archive of the members, in order. */
export async function makeTar(
  members: readonly (readonly [name: string, content: Uint8Array | string])[],
  compress: boolean,
): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of members) archive.entry({ name }, Buffer.from(content as Uint8Array));
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  const tar = Buffer.concat(chunks);
  return compress ? gzipSync(tar) : tar;
}
