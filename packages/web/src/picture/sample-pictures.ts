import type { Rgba } from './pixels.ts';
import { seededRandom } from './seeded-random.ts';

type Colour = readonly [red: number, green: number, blue: number];

/** Colour of a point; x to the right and y downwards, both in [−1, 1]; channels in [0, 1]. */
type Painter = (x: number, y: number) => Colour;

interface Family {
  readonly name: string;
  /** A picture of this kind, from random numbers. */
  paint(random: () => number): Painter;
}

const mix = (a: Colour, b: Colour, share: number): Colour => {
  const t = Math.min(1, Math.max(0, share));
  return [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t];
};

/** A colour of the given hue (turns), between grey and full. */
function hue(turns: number, saturation: number, value: number): Colour {
  const channel = (shift: number) => {
    const k = (((turns + shift) % 1) + 1) % 1;
    return value * (1 - saturation * Math.min(1, Math.max(0, Math.abs(6 * k - 3) - 1)));
  };
  return [channel(0.5), channel(0.5 - 1 / 3), channel(0.5 + 1 / 3)];
}

/** 0 below −width, 1 above: an edge that is soft by a pixel or two. */
const edge = (distance: number, width = 0.02) => Math.min(1, Math.max(0, 0.5 + distance / (2 * width)));

/** Noise of falling octaves from waves of random direction, about in [−1, 1]. */
function cloudNoise(random: () => number): (x: number, y: number) => number {
  const waves = Array.from({ length: 28 }, (_, i) => {
    const frequency = 1.5 * 1.17 ** i;
    const angle = 2 * Math.PI * random();
    return {
      fx: frequency * Math.cos(angle),
      fy: frequency * Math.sin(angle),
      phase: 2 * Math.PI * random(),
      frequency,
    };
  });
  return (x, y) => {
    let sum = 0;
    for (const { fx, fy, phase, frequency } of waves) sum += Math.cos(fx * x + fy * y + phase) / frequency ** 0.9;
    return sum;
  };
}

/** Every kind of sample; two of each are shown, so that each picture has one that is like it. */
const FAMILIES: readonly Family[] = [
  {
    name: 'Hills',
    paint(random) {
      const [sunX, sunY, shift] = [random() - 0.5, -0.55 + 0.2 * random(), 7 * random()];
      const tint = random();
      return (x, y) => {
        let colour = mix(hue(0.58 + 0.1 * tint, 0.55, 0.95), hue(0.08 + 0.06 * tint, 0.45, 1), 0.5 + y);
        colour = mix([1, 0.96, 0.8], colour, edge(Math.hypot(x - sunX, y - sunY) - 0.2));
        for (let layer = 0; layer < 4; layer++) {
          const ridge =
            0.05 + 0.24 * layer + 0.16 * Math.sin((2 + layer) * x + shift * (layer + 1)) * (1 - 0.15 * layer);
          colour = mix(colour, hue(0.36 + 0.05 * layer + 0.1 * tint, 0.55, 0.66 - 0.13 * layer), edge(y - ridge));
        }
        return colour;
      };
    },
  },
  {
    name: 'Rings',
    paint(random) {
      const [ax, ay, bx, by] = [random() - 0.5, random() - 0.5, 2 * random() - 1, 2 * random() - 1];
      const [fine, base] = [16 + 6 * random(), random()];
      return (x, y) => {
        const a = Math.cos(fine * Math.hypot(x - ax, y - ay));
        const b = Math.cos(0.8 * fine * Math.hypot(x - bx, y - by));
        return mix(hue(base, 0.75, 0.5), hue(base + 0.4, 0.3, 1), 0.5 + 0.27 * (a + b));
      };
    },
  },
  {
    name: 'Weave',
    paint(random) {
      const [count, base, angle] = [5 + Math.floor(3 * random()), random(), 0.3 * (random() - 0.5)];
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      return (x, y) => {
        const [u, v] = [count * (cos * x - sin * y), count * (sin * x + cos * y)];
        const over = (Math.floor(u) + Math.floor(v)) % 2 === 0;
        const [across, along] = over ? [u, v] : [v, u];
        const bulge = Math.sin(Math.PI * (across - Math.floor(across)));
        const thread = 0.88 + 0.12 * Math.cos(6 * Math.PI * across) * Math.sin(Math.PI * (along - Math.floor(along)));
        return hue(base + (over ? 0 : 0.42), 0.55, (0.35 + 0.6 * bulge) * thread);
      };
    },
  },
  {
    name: 'Cells',
    paint(random) {
      const base = random();
      const seeds = Array.from({ length: 22 }, () => ({
        x: 2.4 * random() - 1.2,
        y: 2.4 * random() - 1.2,
        tone: random(),
      }));
      return (x, y) => {
        let [near, next, tone] = [9, 9, 0];
        for (const seed of seeds) {
          const distance = Math.hypot(x - seed.x, y - seed.y);
          if (distance < near) [near, next, tone] = [distance, near, seed.tone];
          else if (distance < next) next = distance;
        }
        return mix([0.1, 0.1, 0.14], hue(base + 0.3 * tone, 0.5, 0.95 - 0.5 * near), edge(next - near - 0.06));
      };
    },
  },
  {
    name: 'Clouds',
    paint(random) {
      const noise = cloudNoise(random);
      const base = 0.55 + 0.12 * random();
      return (x, y) => mix(hue(base, 0.7, 0.75 - 0.15 * y), [1, 0.99, 0.97], 0.45 + 0.3 * noise(3 * x, 3 * y));
    },
  },
  {
    name: 'Flower',
    paint(random) {
      const [petals, base, turn] = [5 + Math.floor(4 * random()), random(), 6 * random()];
      const noise = cloudNoise(random);
      return (x, y) => {
        const [r, angle] = [Math.hypot(x, y), Math.atan2(y, x) + turn];
        const ground = hue(0.3 + 0.05 * noise(4 * x, 4 * y), 0.6, 0.38 + 0.08 * noise(6 * x, 6 * y));
        const petal = 0.5 + 0.35 * Math.abs(Math.cos((petals * angle) / 2));
        const vein = 0.9 + 0.1 * Math.cos(4 * petals * angle);
        const bloom = mix(ground, hue(base, 0.35 + 0.4 * r, vein), edge(petal - r));
        return mix(bloom, [0.98, 0.8 - r, 0.2], edge(0.2 - r));
      };
    },
  },
];

/** A sample picture. */
export interface SamplePicture {
  readonly name: string;
  readonly side: number;
  readonly pixels: Rgba;
}

/**
 * The page's sample pictures, computed: two of every kind, always the same.
 *
 * @param side in pixels
 */
export function samplePictures(side: number): SamplePicture[] {
  return FAMILIES.flatMap(({ name, paint }, family) =>
    [1, 2].map((number) => {
      const painter = paint(seededRandom(number, family));
      const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
      for (let i = 0; i < side * side; i++) {
        const colour = painter((2 * (i % side) + 1) / side - 1, (2 * Math.floor(i / side) + 1) / side - 1);
        for (let channel = 0; channel < 3; channel++) pixels[4 * i + channel] = 255 * colour[channel]!;
      }
      return { name: `${name} ${number}`, side, pixels };
    }),
  );
}
