import type { Image } from '../image/image.ts';
import { createRandom, type Random } from '../random/random.ts';
import type { ImageReader } from '../store/image-store.ts';
import { drawColours } from './colours.ts';
import { openNoise } from './noise-view.ts';
import { PATTERNS } from './patterns.ts';

/** Mixing two noise fields, shifted, of 32 hides that there are so few. */
const FIELD_PAIRS = 16;

/** Images that are computed when they are read. */
export interface SyntheticStore {
  kind: 'synthetic';
  seed: number;
  /** Another split has other images and other noise. */
  split: string;
  /** Side in pixels. */
  size: number;
}

/** Random position, size, rotation and aspect: from pixels to the pattern's coordinates. */
function drawPlacement(isTexture: boolean, size: number, random: Random) {
  const angle = random.uniform(0, 2 * Math.PI);
  const unit = isTexture ? size * random.uniform(0.14, 0.28) : size * random.uniform(0.2, 0.4);
  const aspect = random.uniform(0.85, 1.18);
  return {
    unit,
    centreX: size * random.uniform(0.3, 0.7),
    centreY: size * random.uniform(0.3, 0.7),
    ux: (Math.cos(angle) * aspect) / unit,
    uy: (Math.sin(angle) * aspect) / unit,
    vx: -Math.sin(angle) / (unit * aspect),
    vy: Math.cos(angle) / (unit * aspect),
  };
}

/** Class of a synthetic sample: balanced for any number of samples. */
export function syntheticLabel(index: number): number {
  return index % PATTERNS.length;
}

/** Opens the generator: `read(index)` is a pure function of (seed, split, size, index). */
export function openSyntheticStore({ seed, split, size }: SyntheticStore): ImageReader {
  const noise = openNoise(seed, split, size, FIELD_PAIRS);

  function read(index: number): Image {
    const random = createRandom(seed, split, index, 'image');
    const pattern = PATTERNS[syntheticLabel(index)]!;
    const { ground, figure } = drawColours(random);
    const place = drawPlacement(pattern.isTexture, size, random);
    const { draw, at } = noise;
    const [light, detail, warm, surface] = [draw(random), draw(random), draw(random), draw(random)];
    const contrast = random.uniform(14, 30);
    const tint = random.uniform(2, 10);
    const opacity = random.uniform(0.75, 1);
    const pixels = new Uint8Array(size * size * 3);
    let o = 0;
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++, o += 3) {
        const [dx, dy] = [x + 0.5 - place.centreX, y + 0.5 - place.centreY];
        const distance = pattern.distance(place.ux * dx + place.uy * dy, place.vx * dx + place.vy * dy);
        // One pixel of soft edge.
        const cover = opacity * Math.min(1, Math.max(0, 0.5 - distance * place.unit));
        const shade = contrast * (at(light, x, y) + 0.6 * at(detail, x, y));
        const inside = 0.5 * shade + 0.5 * contrast * at(surface, x, y);
        const colour = tint * at(warm, x, y);
        for (let c = 0; c < 3; c++) {
          const below = ground[c]! + shade + (1 - c) * colour;
          const value = below + cover * (figure[c]! + inside - below);
          pixels[o + c] = value < 0 ? 0 : value > 255 ? 255 : value + 0.5;
        }
      }
    }
    return { pixels, width: size, height: size };
  }

  return { read, async close() {} };
}
