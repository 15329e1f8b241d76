import { describe, expect, it } from '@jest/globals';
import { distortColours, PHOTOMETRIC } from '../augment/photometric-distortion.ts';
import type { Image } from '../image/image.ts';
import { resample } from '../image/resample.ts';
import { resampleMask } from '../image/resample-mask.ts';
import { createRandom } from '../random/random.ts';
import { segmentationTransform } from './create-transform.ts';
import { fittedSize } from './fit-size.ts';
import { applyTransform } from './transform.ts';

/** An image whose colours tell each pixel's class: red is 20 times the label. */
function labelled(width: number, height: number, labelOf: (x: number, y: number) => number): Image {
  const mask = Uint8Array.from({ length: width * height }, (_, i) => labelOf(i % width, Math.floor(i / width)));
  const pixels = Uint8Array.from({ length: 3 * mask.length }, (_, i) => (i % 3 === 0 ? 20 * mask[(i / 3) | 0]! : 60));
  return { pixels, width, height, mask };
}

const key = (sample: number) => ({ seed: 1, epoch: 0, sample });

describe('segmentationTransform', () => {
  it('moves image and mask together, at any scale', () => {
    // Stripes as wide as whole pixels of every scale drawn, so that no colour is mixed but at their borders.
    const image = labelled(40, 30, (x) => Math.floor(x / 10));
    const spec = segmentationTransform(24, { ratioRange: [0.5, 2], flip: 0.5 });
    for (let sample = 0; sample < 20; sample++) {
      const masks = new Uint8Array(24 * 24);
      const pixels = applyTransform(image, spec, key(sample), undefined, masks);
      let wrong = 0;
      masks.forEach((label, i) => {
        if (label === 255) expect([...pixels.subarray(3 * i, 3 * i + 3)]).toEqual([124, 116, 104]);
        else if (Math.abs(pixels[3 * i]! - 20 * label) > 10) wrong++;
      });
      expect(wrong).toBe(0);
    }
  });

  it('pads below and to the right with no class, mirrored where the crop is', () => {
    const spec = segmentationTransform(4, { ratioRange: [1, 1], flip: 0, catMaxRatio: 1 });
    const masks = new Uint8Array(16);
    applyTransform(
      labelled(3, 2, (x) => x),
      spec,
      key(0),
      undefined,
      masks,
    );
    expect([...masks]).toEqual([0, 1, 2, 255, 0, 1, 2, 255, ...Array(8).fill(255)]);
    applyTransform(
      labelled(3, 2, (x) => x),
      { ...spec, flip: 1 },
      key(0),
      undefined,
      masks,
    );
    expect([...masks.subarray(0, 4)]).toEqual([255, 2, 1, 0]);
  });

  it('draws a crop again while one class fills it', () => {
    // One class but for a corner: of 200 first draws few touch it.
    const image = labelled(64, 64, (x, y) => (x < 12 && y < 12 ? 1 : 0));
    const touching = (catMaxRatio: number) => {
      const spec = segmentationTransform(16, { ratioRange: [1, 1], catMaxRatio });
      return Array.from({ length: 200 }, (_, sample) => {
        const masks = new Uint8Array(256);
        applyTransform(image, spec, key(sample), undefined, masks);
        return masks.filter((label) => label === 1).length >= 64;
      }).filter(Boolean).length;
    };
    const [once, redrawn] = [touching(1), touching(0.75)];
    expect(redrawn).toBeGreaterThan(4 * Math.max(1, once));
  });

  it('scales as mmsegmentation does: both bounds hold, halves are rounded up', () => {
    expect(fittedSize(683, 512, { short: 512, long: 2048 })).toEqual({ width: 683, height: 512 });
    expect(fittedSize(400, 300, { short: 512, long: 2048 })).toEqual({ width: 683, height: 512 });
    expect(fittedSize(3000, 300, { short: 512, long: 2048 })).toEqual({ width: 2048, height: 205 });
    expect(fittedSize(100, 50, undefined, 1.5)).toEqual({ width: 150, height: 75 });
  });

  it('refuses impossible options and images without a mask', () => {
    expect(() => segmentationTransform(8, { ratioRange: [2, 1] })).toThrow(/ratioRange.*\[2, 1\]/);
    expect(() => segmentationTransform(8, { catMaxRatio: 2 })).toThrow(/catMaxRatio.*2/);
    const { mask: _mask, ...image } = labelled(8, 8, () => 0);
    expect(() => applyTransform(image, segmentationTransform(8), key(0))).toThrow(/must have a mask/);
  });
});

describe('resampleMask', () => {
  it('takes the label under each centre; at its own size nothing changes', () => {
    const mask = Uint8Array.from([1, 2, 3, 4, 5, 6]);
    const whole = (width: number, height: number) => ({ left: 0, top: 0, width, height });
    const of = (outWidth: number, outHeight: number) =>
      resampleMask(mask, { width: 3, height: 2, outWidth, outHeight, window: whole(outWidth, outHeight) });
    expect([...of(3, 2)]).toEqual([...mask]);
    expect([...of(6, 2)]).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]);
    expect([...of(1, 1)]).toEqual([5]);
  });

  it('stays in step with the bilinear resize of the image', () => {
    // A step edge: where the resized image is nearer to one side, the label is that side's.
    for (const outWidth of [5, 7, 13, 20, 31]) {
      const image = labelled(10, 1, (x) => (x < 5 ? 0 : 10));
      const box = { left: 0, top: 0, width: 10, height: 1 };
      const pixels = resample(image, { box, outWidth, outHeight: 1, filter: 'bilinear' });
      const window = { left: 0, top: 0, width: outWidth, height: 1 };
      const labels = resampleMask(image.mask!, { width: 10, height: 1, outWidth, outHeight: 1, window });
      labels.forEach((label, x) => {
        if (pixels[3 * x] !== 100) expect(label).toBe(pixels[3 * x]! > 100 ? 10 : 0);
      });
    }
  });
});

describe('distortColours', () => {
  const distorted = (pixels: number[], ranges: Partial<typeof PHOTOMETRIC>, sample: number) => {
    const changed = Uint8Array.from(pixels);
    const still = { brightness: 0, contrast: [1, 1], saturation: [1, 1], hue: 0 } as const;
    distortColours(changed, { ...still, ...ranges }, createRandom(2, 0, sample, 'test'));
    return [...changed];
  };

  it('turns hues exactly by sixths of the circle, and grey not at all', () => {
    const results = Array.from({ length: 40 }, (_, i) => distorted([200, 40, 40, 90, 90, 90], { hue: 120 }, i));
    for (const [r, g, b, ...grey] of results) {
      expect([Math.max(r!, g!, b!), Math.min(r!, g!, b!), grey]).toEqual([200, 40, [90, 90, 90]]);
    }
    // Half of the draws leave the hue as it is; the others are spread over the circle.
    const red = results.filter(([r, g, b]) => r === 200 && g === 40 && b === 40).length;
    expect(red).toBeGreaterThan(10);
    expect(new Set(results.map(String)).size).toBeGreaterThan(10);
  });

  it('takes colour away without changing the brightest value, and keeps to 0 … 255', () => {
    const grey = Array.from({ length: 20 }, (_, i) => distorted([200, 100, 0], { saturation: [0, 0] }, i));
    expect(new Set(grey.map(String))).toEqual(new Set(['200,100,0', '200,200,200']));
    const bright = Array.from({ length: 60 }, (_, i) => distorted([250, 128, 5], PHOTOMETRIC, i)).flat();
    expect(Math.max(...bright)).toBe(255);
    expect(Math.min(...bright)).toBe(0);
    expect(distorted([1, 2, 3, 250, 128, 7], {}, 5)).toEqual([1, 2, 3, 250, 128, 7]);
  });
});
