import { type Colour, colourMap, NO_CLASS } from '@mfm/data';
import { drawPixels, type Html, html, renderPictureTable } from '@mfm/report';
import { overlayMask } from '@mfm/segmentation';
import { percent } from '../measure/percent.ts';
import type { SegmentedImage } from './evaluate-segmentation.ts';

/** Longer side of the pictures in pixels. */
const SHOWN = 320;

/** Where the prediction is wrong: its colours there alone. */
function errorsOnly({ image, predicted }: SegmentedImage): Uint8Array {
  return predicted.map((label, i) => {
    const truth = image.mask![i]!;
    return truth === NO_CLASS || truth === label ? NO_CLASS : label;
  });
}

/** Classes of the examples, each with its colour. */
function legend(examples: readonly SegmentedImage[], classes: readonly string[], palette: readonly Colour[]): Html {
  const seen = new Set(examples.flatMap(({ image, predicted }) => [...new Set(image.mask), ...new Set(predicted)]));
  const shown = classes.map((name, k) => [name, k] as const).filter(([, k]) => seen.has(k));
  return html`<p class="lead">${shown.map(
    ([name, k]) =>
      html`<span class="name"><span class="dot" style="background:rgb(${palette[k]!.join(',')})"></span>${name}</span> `,
  )}</p>`;
}

/** Images with true and predicted classes over them, and with what is wrong. */
export async function segmentationPictures(
  examples: readonly SegmentedImage[],
  classes: readonly string[],
  palette: readonly Colour[] = colourMap(classes.length),
): Promise<Html> {
  const rows = [];
  for (const example of examples) {
    const { name, image, predicted, pixelAccuracy } = example;
    const draw = async (mask: Uint8Array, text: string, caption?: string) => ({
      source: await drawPixels(overlayMask(image, mask, palette), image.width, image.height, SHOWN),
      ...{ text: `${name}: ${text}`, caption },
    });
    const right = pixelAccuracy === undefined ? undefined : `${percent(pixelAccuracy)} % of pixels right`;
    rows.push({
      name,
      pictures: [
        await draw(new Uint8Array(predicted.length).fill(NO_CLASS), 'the image'),
        await draw(image.mask!, 'true classes'),
        await draw(predicted, 'predicted classes', right),
        await draw(errorsOnly(example), 'predicted classes where they are wrong'),
      ],
    });
  }
  return html`${legend(examples, classes, palette)}${renderPictureTable(['image', 'true', 'predicted', 'wrong'], rows, true)}`;
}
