import type { Image } from '@mfm/data';
import { FROST_DRAWN, proceduralFrost, scaledFrost } from '../texture/frost-textures.ts';
import { stochastic, type TableSize } from './corruption.ts';

/** Where the frost comes from: a crop of a texture, its upper left corner. */
interface FrostDraws {
  readonly texture: Image;
  readonly row: number;
  readonly column: number;
}

/** By how much the reference shrinks its photographs. */
const SCALE: Readonly<Record<TableSize, number>> = { 32: 0.2, 64: 0.3, 224: 1, 299: 1 };

/** Frost on the glass: a crop of one of five textures is mixed in. Parameters: weight of the image, weight of the frost. */
export const frost = stochastic<readonly [image: number, frost: number], FrostDraws>({
  name: 'frost',
  category: 'weather',
  extra: false,
  severities: {
    32: [
      [1, 0.2],
      [1, 0.3],
      [0.9, 0.4],
      [0.85, 0.4],
      [0.75, 0.45],
    ],
    64: [
      [1, 0.3],
      [0.9, 0.4],
      [0.8, 0.45],
      [0.75, 0.5],
      [0.7, 0.55],
    ],
    224: [
      [1, 0.4],
      [0.8, 0.6],
      [0.7, 0.7],
      [0.65, 0.7],
      [0.6, 0.75],
    ],
    299: [
      [1, 0.4],
      [0.8, 0.6],
      [0.7, 0.7],
      [0.65, 0.7],
      [0.6, 0.75],
    ],
  },
  draw(image, _, random, { tableSize, frostTextures }) {
    const index = random.integer(FROST_DRAWN);
    const texture = scaledFrost(frostTextures?.[index] ?? proceduralFrost(index), SCALE[tableSize], image);
    return {
      texture,
      row: random.integer(texture.height - image.height),
      column: random.integer(texture.width - image.width),
    };
  },
  replay({ pixels, width, height }, [weight, frostWeight], { texture, row, column }) {
    const out = new Uint8Array(pixels.length);
    const rowLength = width * 3;
    for (let y = 0, i = 0; y < height; y++) {
      const from = ((row + y) * texture.width + column) * 3 - y * rowLength;
      for (const end = i + rowLength; i < end; i++) {
        out[i] = Math.min(weight * pixels[i]! + frostWeight * texture.pixels[from + i]!, 255);
      }
    }
    return out;
  },
});
