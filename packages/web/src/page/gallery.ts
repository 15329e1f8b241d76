import type { ModelDescription } from '../model/model-description.ts';
import { imageFromRgba } from '../picture/pixels.ts';
import { samplePictures } from '../picture/sample-pictures.ts';
import { requireElement } from './require-element.ts';

/** A picture of the gallery. */
export interface GalleryPicture {
  readonly name: string;
  /** In its own size. */
  readonly bitmap: ImageBitmap;
}

/** Side of samples, in pixels: enough for models of 224 px. */
const SAMPLE_SIDE = 256;
/** Side of a small picture on a screen of double density. */
const THUMBNAIL_SIDE = 128;

/** The pictures to choose from: samples, and what was dropped. */
export interface Gallery {
  readonly pictures: readonly GalleryPicture[];
  readonly chosen: number;
  add(picture: GalleryPicture): void;
}

/** The middle of a bitmap as a square of this side, over white where it is transparent. */
export function squareOf(bitmap: ImageBitmap, side: number, resize = side): OffscreenCanvas {
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  const scale = resize / Math.min(bitmap.width, bitmap.height);
  const [width, height] = [bitmap.width * scale, bitmap.height * scale];
  context.fillStyle = 'white';
  context.fillRect(0, 0, side, side);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, (side - width) / 2, (side - height) / 2, width, height);
  return canvas;
}

/** A picture as a model takes it. */
export function modelImage(
  { bitmap }: GalleryPicture,
  { imageSize, resize }: ModelDescription,
): Float32Array<ArrayBuffer> {
  const context = squareOf(bitmap, imageSize, resize).getContext('2d')!;
  return imageFromRgba(context.getImageData(0, 0, imageSize, imageSize).data);
}

/** A small canvas that shows a picture. */
export function thumbnailOf({ bitmap }: GalleryPicture): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = THUMBNAIL_SIDE;
  canvas.height = THUMBNAIL_SIDE;
  canvas.getContext('2d')!.drawImage(squareOf(bitmap, THUMBNAIL_SIDE), 0, 0);
  canvas.setAttribute('aria-hidden', 'true');
  return canvas;
}

/**
 * Fills the gallery with the samples. It is a group of radio buttons: arrows move through it.
 *
 * @param onChoose called when another picture is chosen
 */
export async function startGallery(onChoose: () => void): Promise<Gallery> {
  const list = requireElement('gallery', HTMLElement);
  const pictures: GalleryPicture[] = [];
  let chosen = 0;

  function choose(index: number): void {
    chosen = index;
    onChoose();
  }

  function add(picture: GalleryPicture): HTMLInputElement {
    const index = pictures.push(picture) - 1;
    const [label, input, name] = [
      document.createElement('label'),
      document.createElement('input'),
      document.createElement('span'),
    ];
    Object.assign(input, { type: 'radio', name: 'picture', value: String(index) });
    input.addEventListener('change', () => choose(index));
    name.textContent = picture.name;
    label.append(input, thumbnailOf(picture), name);
    list.append(label);
    return input;
  }

  for (const { name, side, pixels } of samplePictures(SAMPLE_SIDE)) {
    add({ name, bitmap: await createImageBitmap(new ImageData(pixels, side, side)) });
  }
  list.querySelector('input')!.checked = true;
  return {
    pictures,
    get chosen() {
      return chosen;
    },
    add(picture) {
      const input = add(picture);
      input.checked = true;
      input.scrollIntoView({ block: 'nearest' });
      choose(pictures.length - 1);
    },
  };
}
