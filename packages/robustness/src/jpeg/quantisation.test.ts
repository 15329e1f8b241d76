import { describe, expect, it } from '@jest/globals';
import { quantisationTables } from './quantisation.ts';

/** First rows of what PIL writes into files. */
describe('quantisationTables', () => {
  it.each([
    [7, [114, 79, 71, 114, 171, 255, 255, 255], [121, 129, 171, 255, 255, 255, 255, 255]],
    [25, [32, 22, 20, 32, 48, 80, 102, 122], [34, 36, 48, 94, 198, 198, 198, 198]],
    [50, [16, 11, 10, 16, 24, 40, 51, 61], [17, 18, 24, 47, 99, 99, 99, 99]],
    [85, [5, 3, 3, 5, 7, 12, 15, 18], [5, 5, 7, 14, 30, 30, 30, 30]],
  ])('equals libjpeg’s at quality %i', (quality, lumaRow, chromaRow) => {
    const { luma, chroma } = quantisationTables(quality);
    expect(Array.from(luma.subarray(0, 8))).toEqual(lumaRow);
    expect(Array.from(chroma.subarray(0, 8))).toEqual(chromaRow);
  });
});
