import type { Image } from '../image/image.ts';
import { createRandom, type Random } from '../random/random.ts';
import type { ImageReader } from '../store/image-store.ts';
import { drawColours, drawTint, type Tint } from './colours.ts';
import { openNoise } from './noise-view.ts';
import { PATTERNS, type Pattern } from './patterns.ts';

/** Every texture is a class; figures are one, whatever their shape: what is there is told by its surroundings, not by its whole outline. */
const TEXTURES = PATTERNS.filter(({ isTexture }) => isTexture);
const FIGURES = PATTERNS.filter(({ isTexture }) => !isTexture);

/** The classes of scenes, in label order. */
export const SCENE_CLASSES: readonly string[] = ['ground', 'figure', ...TEXTURES.map(({ name }) => name)];

// Local names: under jest every look-up of a global costs more than the arithmetic.
const { max, min } = Math;

/** Scenes that are computed when they are read. */
export interface SceneStore {
  kind: 'scenes';
  seed: number;
  /** Another split has other scenes and other noise. */
  split: string;
  width: number;
  height: number;
}

/** Every thread makes its own fields before its first scene: few, since larger ones take longer. */
const FIELD_PAIRS = 4;

/** Objects of a scene: from as many, to fewer than as many. */
const OBJECTS = [2, 5] as const;

/** Range of the difference between ground and objects: clearer than in the data set `synthetic`, since objects are small and hide one another. */
const CONTRAST = [70, 120] as const;

/** Something in a scene: pixels inside its outline are of its class. */
interface SceneObject {
  /** Class, an index into {@link SCENE_CLASSES}. */
  label: number;
  colour: Tint;
  opacity: number;
  /** Signed distance in pixels to its outline, negative inside. */
  outline(dx: number, dy: number): number;
  /** Part of the object's colour at a pixel: all of it for a figure, for a texture where its pattern is. */
  ink(dx: number, dy: number): number;
  centreX: number;
  centreY: number;
}

/** A rotation and a scale: pixels to the coordinates of a pattern. */
function drawFrame(unit: number, random: Random) {
  const angle = random.uniform(0, 2 * Math.PI);
  const aspect = random.uniform(0.85, 1.18);
  const [ux, uy] = [(Math.cos(angle) * aspect) / unit, (Math.sin(angle) * aspect) / unit];
  const [vx, vy] = [-Math.sin(angle) / (unit * aspect), Math.cos(angle) / (unit * aspect)];
  return (dx: number, dy: number) => [ux * dx + uy * dy, vx * dx + vy * dy] as const;
}

/** One pixel of soft edge. */
const cover = (distance: number) => min(1, max(0, 0.5 - distance));

/** Textures fill a region of this shape: a square with round corners. */
const roundedSquare = (u: number, v: number) => (u ** 4 + v ** 4) ** 0.25 - 1;

function drawShape(pattern: Pattern, side: number, random: Random): Pick<SceneObject, 'outline' | 'ink'> {
  const unit = side * (pattern.isTexture ? random.uniform(0.2, 0.32) : random.uniform(0.18, 0.3));
  const toRegion = drawFrame(unit, random);
  if (!pattern.isTexture) {
    // A figure holds the origin; the star's distance is positive there.
    const inward = -Math.sign(pattern.distance(0, 0)) * unit;
    return { outline: (dx, dy) => inward * pattern.distance(...toRegion(dx, dy)), ink: () => 1 };
  }
  const period = side * random.uniform(0.07, 0.12);
  const toPattern = drawFrame(period, random);
  return {
    outline: (dx, dy) => unit * roundedSquare(...toRegion(dx, dy)),
    ink: (dx, dy) => cover(period * pattern.distance(...toPattern(dx, dy))),
  };
}

function drawObject(figure: Tint, width: number, height: number, random: Random): SceneObject {
  const label = 1 + random.integer(SCENE_CLASSES.length - 1);
  const pattern = TEXTURES[label - 2] ?? FIGURES[random.integer(FIGURES.length)]!;
  const grey = (figure[0] + figure[1] + figure[2]) / 3;
  return {
    label,
    colour: drawTint(grey, random),
    opacity: random.uniform(0.85, 1),
    centreX: width * random.uniform(0.1, 0.9),
    centreY: height * random.uniform(0.1, 0.9),
    ...drawShape(pattern, min(width, height), random),
  };
}

/**
 * Opens the generator: `read(index)` is a pure function of (seed, split, size, index). Objects lie over one another in the order in which they
 * are drawn; a pixel is of the class of the topmost that covers at least half of it.
 */
export function openSceneStore({ seed, split, width, height }: SceneStore): ImageReader {
  const { draw, at } = openNoise(seed, split, max(width, height), FIELD_PAIRS);

  function read(index: number): Image {
    const random = createRandom(seed, split, index, 'scene');
    const { ground, figure } = drawColours(random, CONTRAST);
    const count = OBJECTS[0] + random.integer(OBJECTS[1] - OBJECTS[0]);
    const objects = Array.from({ length: count }, () => drawObject(figure, width, height, random));
    const [light, detail, warm, surface] = [draw(random), draw(random), draw(random), draw(random)];
    const [contrast, tint] = [random.uniform(4, 12), random.uniform(2, 8)];
    const pixels = new Uint8Array(width * height * 3);
    const mask = new Uint8Array(width * height);
    const colour: Tint = [0, 0, 0];
    for (let y = 0, p = 0; y < height; y++) {
      for (let x = 0; x < width; x++, p++) {
        const shade = contrast * (at(light, x, y) + 0.6 * at(detail, x, y));
        const warmth = tint * at(warm, x, y);
        const inside = 0.5 * shade + 0.5 * contrast * at(surface, x, y);
        for (let c = 0; c < 3; c++) colour[c] = ground[c]! + shade + (1 - c) * warmth;
        for (const object of objects) {
          const [dx, dy] = [x + 0.5 - object.centreX, y + 0.5 - object.centreY];
          const covered = cover(object.outline(dx, dy));
          if (covered === 0) continue;
          if (covered >= 0.5) mask[p] = object.label;
          // Between the marks of a texture the ground shows, as it does around figures.
          const ink = object.opacity * covered * object.ink(dx, dy);
          for (let c = 0; c < 3; c++) {
            const below = colour[c]! + covered * (ground[c]! + shade + (1 - c) * warmth - colour[c]!);
            colour[c] = below + ink * (object.colour[c]! + inside - below);
          }
        }
        for (let c = 0; c < 3; c++) pixels[3 * p + c] = min(255, max(0, colour[c]! + 0.5));
      }
    }
    return { pixels, width, height, mask };
  }

  return { read, async close() {} };
}
