import { fft2d } from '@mfm/data';

/** Rings of the golden spectra: 1/64 cycles per pixel wide from 64 px on, twice as wide below. */
export const powerRings = (side: number): number => (side >= 64 ? 32 : 16);

const tables = new Map<number, { ring: Int16Array; count: Float64Array }>();

/** Ring of each bin (−1 for DC and for 0.5 cycles per pixel or more), and how many bins each has. */
function ringTable(side: number) {
  let table = tables.get(side);
  if (!table) {
    const rings = powerRings(side);
    const frequency = (k: number) => (k < side / 2 ? k : k - side) / side;
    const ring = Int16Array.from({ length: side * side }, (_, i) => {
      const radius = Math.hypot(frequency(Math.floor(i / side)), frequency(i % side));
      return radius === 0 || radius >= 0.5 ? -1 : Math.floor((radius / 0.5) * rings);
    });
    const count = new Float64Array(rings);
    for (const r of ring) if (r >= 0) count[r]!++;
    table = { ring, count };
    tables.set(side, table);
  }
  return table;
}

/**
 * Radial power spectrum as the golden data define it: |F|² / side² by ring, mean of three channels.
 *
 * @param value of (pixel, channel)
 * @returns `powerRings(side)` means; 0 where a ring has no bin
 */
export function radialPower(side: number, value: (pixel: number, channel: number) => number): Float64Array {
  const { ring, count } = ringTable(side);
  const plane = (channel: number) => Float64Array.from({ length: side * side }, (_, pixel) => value(pixel, channel));
  const sums = new Float64Array(count.length);
  // Two channels share a transform: summed over a ring, which is symmetric about DC, |F(a + ib)|² = |F(a)|² + |F(b)|².
  for (const { re, im } of [fft2d(plane(0), side, plane(1)), fft2d(plane(2), side)]) {
    for (let i = 0; i < ring.length; i++) if (ring[i]! >= 0) sums[ring[i]!]! += re[i]! * re[i]! + im[i]! * im[i]!;
  }
  return sums.map((sum, r) => (count[r]! > 0 ? sum / count[r]! / (3 * side * side) : 0));
}

/** How many bins of a square spectrum each ring has. */
export const ringBins = (side: number): Float64Array => ringTable(side).count;
