import { createRandom, type Image } from '@mfm/data';
import { radialPower } from './radial-power.ts';

/** Crops that are looked at. */
const CROPS = 60;

/** What random square crops of an image are like, all channels together, levels 0 to 255. */
export interface CropFigures {
  /** Mean and deviation over the crops of their mean. */
  readonly mean: readonly [number, number];
  /** Mean and deviation over the crops of the deviation within one, mean of the channels. */
  readonly within: readonly [number, number];
  /** Mean absolute difference of neighbours in a row. */
  readonly gradient: number;
  /** Mean power spectra by ring, of crops / 255 with their mean removed: as they are, and under a Hann window of unit mean square. */
  readonly power: Float64Array;
  readonly windowedPower: Float64Array;
}

function moments(values: readonly number[]): [number, number] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return [mean, Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)];
}

/** @param side of the crops, below both sides of the image */
export function cropFigures({ pixels, width, height }: Image, side: number): CropFigures {
  const random = createRandom(0, 'crops');
  const area = side * side;
  const means: number[] = [];
  const within: number[] = [];
  let gradients = 0;
  const power: Float64Array[] = [];
  const windowed: Float64Array[] = [];
  const window = Float64Array.from(
    { length: side },
    (_, i) => (1 - Math.cos((2 * Math.PI * i) / side)) / Math.sqrt(1.5),
  );
  for (let crop = 0; crop < CROPS; crop++) {
    const start = random.integer(height - side) * width + random.integer(width - side);
    const at = (pixel: number, channel: number) =>
      pixels[(start + Math.floor(pixel / side) * width + (pixel % side)) * 3 + channel]!;
    const channels = [0, 1, 2].map((channel) => {
      let [sum, squares] = [0, 0];
      for (let pixel = 0; pixel < area; pixel++) {
        const value = at(pixel, channel);
        sum += value;
        squares += value * value;
        if (pixel % side > 0) gradients += Math.abs(value - at(pixel - 1, channel));
      }
      return { mean: sum / area, deviation: Math.sqrt(squares / area - (sum / area) ** 2) };
    });
    means.push(moments(channels.map(({ mean }) => mean))[0]);
    within.push(moments(channels.map(({ deviation }) => deviation))[0]);
    const centred = (pixel: number, channel: number) => (at(pixel, channel) - channels[channel]!.mean) / 255;
    power.push(radialPower(side, centred));
    windowed.push(
      radialPower(side, (pixel, channel) => {
        const weight = window[pixel % side]! * window[Math.floor(pixel / side)]!;
        return weight * centred(pixel, channel);
      }),
    );
  }
  const mean = (spectra: readonly Float64Array[]) =>
    spectra[0]!.map((_, ring) => spectra.reduce((sum, spectrum) => sum + spectrum[ring]!, 0) / CROPS);
  return {
    mean: moments(means),
    within: moments(within),
    gradient: gradients / (CROPS * 3 * side * (side - 1)),
    power: mean(power),
    windowedPower: mean(windowed),
  };
}
