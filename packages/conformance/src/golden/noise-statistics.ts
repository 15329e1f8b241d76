import type { PlanarImage } from '@mfm/data';

/** Above the rounding of float32 sums in [−4, 4], below any difference of independent noises. */
const ROUNDING = 1e-6;

/** Moments of the noise on one image over many draws; of the first plane alone when all channels share it. */
export class NoiseStatistics {
  readonly #image: PlanarImage;
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;
  readonly #area: number;
  #draws = 0;
  #products = 0;
  #largestChannelDifference = 0;

  constructor(image: PlanarImage, gray: boolean) {
    this.#image = image;
    this.#area = image.width * image.height;
    const length = gray ? this.#area : image.data.length;
    this.#sums = new Float64Array(length);
    this.#squares = new Float64Array(length);
  }

  /** Takes in one noisy image. */
  add(noisy: Float32Array): void {
    const clean = this.#image.data;
    const area = this.#area;
    this.#draws++;
    for (let i = 0; i < this.#sums.length; i++) {
      const noise = noisy[i]! - clean[i]!;
      this.#sums[i]! += noise;
      this.#squares[i]! += noise * noise;
    }
    for (let i = 0; i < area; i++) {
      const first = noisy[i]! - clean[i]!;
      const second = noisy[i + area]! - clean[i + area]!;
      const third = noisy[i + 2 * area]! - clean[i + 2 * area]!;
      this.#products += first * second;
      const difference = Math.max(Math.abs(first - second), Math.abs(first - third));
      if (difference > this.#largestChannelDifference) this.#largestChannelDifference = difference;
    }
  }

  /** Numbers drawn. */
  get count(): number {
    return this.#draws * this.#sums.length;
  }

  get mean(): number {
    return this.#sums.reduce((total, sum) => total + sum, 0) / this.count;
  }

  /** Standard deviation over all pixels and draws. */
  get deviation(): number {
    const meanSquare = this.#squares.reduce((total, square) => total + square, 0) / this.count;
    return Math.sqrt(meanSquare - this.mean ** 2);
  }

  /** Sample variance of each pixel over the draws. */
  variances(): Float64Array {
    const draws = this.#draws;
    return this.#squares.map((square, i) => (square - this.#sums[i]! ** 2 / draws) / (draws - 1));
  }

  /** Correlation of the first two channels. */
  get correlation(): number {
    return this.#products / (this.#draws * this.#area) / this.deviation ** 2;
  }

  /** Whether every draw put the same noise on all channels. */
  get channelsEqual(): boolean {
    return this.#largestChannelDifference < ROUNDING;
  }
}
