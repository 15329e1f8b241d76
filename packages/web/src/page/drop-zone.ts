import type { GalleryPicture } from './gallery.ts';
import { requireElement } from './require-element.ts';

/**
 * Reads a picture of any kind that the browser can show.
 *
 * @throws Error in plain words when it is not one
 */
async function readPicture(file: File): Promise<GalleryPicture> {
  try {
    return { name: file.name, bitmap: await createImageBitmap(file) };
  } catch {
    const kind = file.type ? ` (${file.type})` : '';
    throw new Error(
      `"${file.name}"${kind} is not a picture that this browser can read. Choose a PNG, JPEG or WebP file.`,
    );
  }
}

/** Takes pictures from the file chooser, dropped anywhere on the page, or pasted. Each file that cannot be read is told; the others are taken. */
export function startDropZone(onPicture: (picture: GalleryPicture) => void, onError: (error: unknown) => void): void {
  const zone = requireElement('drop-zone', HTMLElement);
  const input = requireElement('file', HTMLInputElement);

  async function take(files: Iterable<File>): Promise<void> {
    for (const file of files) {
      try {
        onPicture(await readPicture(file));
      } catch (error) {
        onError(error);
      }
    }
  }

  input.addEventListener('change', () => {
    void take([...(input.files ?? [])]);
    // So that the same file can be chosen again.
    input.value = '';
  });
  // Without this the browser would leave the page and open the file.
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    zone.classList.add('is-over');
  });
  document.addEventListener('dragleave', (event) => {
    if (!event.relatedTarget) zone.classList.remove('is-over');
  });
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    zone.classList.remove('is-over');
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0)
      onError(new Error('What was dropped is not a file. Save the picture first, then drop the file.'));
    else void take(files);
  });
  document.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) void take(files);
  });
}
