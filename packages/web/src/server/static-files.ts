import { readdir } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';

/** A file that may be asked for. */
export interface OfferedFile {
  readonly type: string;
  /** Where it lies, or what it says. */
  readonly content: { readonly path: string } | { readonly text: string };
}

/** The whole offer, by the path of its URL. */
export type Offer = ReadonlyMap<string, OfferedFile>;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** A file on the disk, with the type that its name tells. */
export const fileAt = (path: string): OfferedFile => ({
  type: TYPES[extname(path)] ?? 'application/octet-stream',
  content: { path },
});

/** Every file of a folder under its path within it; `/` is `index.html`. */
export async function offerFolder(folder: string): Promise<Map<string, OfferedFile>> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const offer = new Map<string, OfferedFile>();
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    offer.set(`/${relative(folder, path).split(sep).join('/')}`, fileAt(path));
  }
  const index = offer.get('/index.html');
  if (index) offer.set('/', index);
  return offer;
}
