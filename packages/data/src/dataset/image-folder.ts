import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { UserError } from '@mfm/cli';
import { decodeAll, isTiny } from '../store/decode-all.ts';
import type { FileStore } from '../store/file-store.ts';
import { defaultCacheFolder, readPixelCache, writePixelCache } from '../store/pixel-cache.ts';
import { packStrings } from '../store/shared-memory.ts';
import { type Dataset, makeDataset, makeDecodedDataset } from './dataset.ts';
import type { DatasetKind, OpenOptions } from './open-options.ts';
import { chooseSplit, KNOWN_SPLITS } from './split.ts';

/** Suffixes taken for images, in lower case. */
const EXTENSIONS = new Set('jpg jpeg png webp bmp tif tiff gif avif'.split(' ').map((name) => `.${name}`));

/** Whether a file name has the suffix of an image format. */
export function isImageName(name: string): boolean {
  return EXTENSIONS.has(extname(name).toLowerCase());
}

/** Names in byte order, as Python's `sorted`; links are followed, hidden ones left out. */
async function listFolder(path: string): Promise<{ folders: string[]; files: string[] }> {
  const folders: string[] = [];
  const files: string[] = [];
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue;
    const kind = entry.isSymbolicLink() ? await stat(join(path, entry.name)).catch(() => undefined) : entry;
    if (kind?.isDirectory()) folders.push(entry.name);
    else if (kind?.isFile()) files.push(entry.name);
  }
  return { folders: folders.sort(), files: files.sort() };
}

/** Images at any depth below `root/folder`, as paths below `root`. */
async function listImages(root: string, folder: string): Promise<string[]> {
  const { folders, files } = await listFolder(join(root, folder));
  const own = files.filter(isImageName).map((file) => join(folder, file));
  for (const below of folders) own.push(...(await listImages(root, join(folder, below))));
  return own;
}

/** Split folders of a data set: all its sub-folders, when each bears the name of a split and itself has sub-folders. */
async function listSplits(spec: string): Promise<string[]> {
  const { folders } = await listFolder(spec);
  if (!folders.every((name) => KNOWN_SPLITS.includes(name))) return [];
  const nested = await Promise.all(
    folders.map(async (name) => (await listFolder(join(spec, name))).folders.length > 0),
  );
  return nested.every(Boolean) ? folders : [];
}

/** Classes of all splits together, so that a label means the same in each. */
async function listClasses(spec: string, splits: readonly string[]): Promise<string[]> {
  const roots = splits.length > 0 ? splits.map((split) => join(spec, split)) : [spec];
  const names = await Promise.all(roots.map(async (root) => (await listFolder(root)).folders));
  return [...new Set(names.flat())].sort();
}

/** Stands for the content of a folder of many small files: reading all of them would take longer than it saves. */
async function folderKey(root: string, paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update('image-folder 1');
  for (const path of paths) {
    const { size, mtimeMs } = await stat(join(root, path));
    hash.update(`\0${path}\0${size}\0${mtimeMs}`);
  }
  return hash.digest('hex');
}

async function openFolder(spec: string, options: OpenOptions): Promise<Dataset> {
  const splits = await listSplits(spec);
  const split = chooseSplit(spec, options.split, splits);
  const root = split === undefined ? spec : join(spec, split);
  const classes = await listClasses(spec, splits);
  const paths: string[] = [];
  const labels: number[] = [];
  const own = new Set((await listFolder(root)).folders);
  for (const [label, name] of classes.entries()) {
    if (!own.has(name)) continue;
    const images = await listImages(root, name);
    if (images.length === 0) {
      throw new UserError(
        `openDataset: every class folder must hold images, got the empty "${join(root, name)}". Remove it or fill it.`,
      );
    }
    for (const path of images) {
      paths.push(path);
      labels.push(label);
    }
  }
  const contents = { name: basename(spec), split, classes, skipBad: options.skipBad ?? false };
  const store: FileStore = { kind: 'files', root, paths: packStrings(paths) };
  if (!(await isTiny(store, paths.length))) return makeDataset({ ...contents, labels, store });

  const cacheFolder = options.cacheFolder ?? defaultCacheFolder();
  const key = await folderKey(root, paths);
  let decoded = await readPixelCache(cacheFolder, key);
  if (!decoded) {
    decoded = { ...(await decodeAll(store, paths.length, contents.name)), labels: Int32Array.from(labels) };
    await writePixelCache(cacheFolder, key, decoded);
  }
  // Labels come from the folders of today: another split may have brought a class since.
  return makeDecodedDataset(contents, { ...decoded, labels: Int32Array.from(labels) });
}

/** A folder with a sub-folder of images for each class, or one such folder for each split. */
export const imageFolder: DatasetKind = {
  title: 'a folder with one sub-folder of images per class',
  detect: async (spec) => (await stat(spec)).isDirectory() && (await listFolder(spec)).folders.length > 0,
  splits: listSplits,
  open: openFolder,
};
