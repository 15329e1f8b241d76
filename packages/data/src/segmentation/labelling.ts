import { UserError } from '@mfm/cli';
import type { RawMask } from '../image/decode-mask.ts';

/** Pixels of this label have no class: they are neither trained on nor counted. */
export const NO_CLASS = 255;

/** Classes that 8-bit labels leave room for beside {@link NO_CLASS}. */
export const MOST_CLASSES = 255;

/** What the numbers in mask files mean. */
export interface Labelling {
  /** Classes K. */
  readonly classCount: number;
  /** Whether 0 stands for "no class" and class k for k + 1, as in ADE20K; else k stands for class k. */
  readonly reduceZeroLabel: boolean;
}

/** Largest number of each width, which stands for "no class" everywhere. */
const VOID = { 1: 255, 2: 65535 } as const;

/**
 * The classes that a mask's numbers stand for; 255 (in 16 bits also 65535) is no class.
 *
 * @param name file name for the message
 * @returns uint8 `[height, width]`: 0 … K − 1, or 255
 * @throws UserError naming the file, the first number that stands for nothing, and its pixel
 */
export function toClasses({ values, width }: RawMask, labelling: Labelling, name: string): Uint8Array {
  const { classCount, reduceZeroLabel } = labelling;
  const first = reduceZeroLabel ? 1 : 0;
  const none = VOID[values.BYTES_PER_ELEMENT as 1 | 2];
  const labels = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const label = value - first;
    if (label >= 0 && label < classCount) labels[i] = label;
    else if (value === none || value === NO_CLASS || (reduceZeroLabel && value === 0)) labels[i] = NO_CLASS;
    else {
      const known = reduceZeroLabel
        ? `0 (no class), 1 … ${classCount} (classes) or 255 (no class)`
        : `0 … ${classCount - 1} (classes) or 255 (no class)`;
      throw new UserError(
        `mask "${name}": every label must be ${known}, got ${value} at column ${i % width}, row ${Math.floor(i / width)}. ` +
          'Correct the mask, the list of classes, or whether labels begin at 1 (reduceZeroLabel).',
      );
    }
  }
  return labels;
}
