import type { HeadGraph } from '../heads/head.ts';
import { addDifferences, createSums } from './differences.ts';
import type { Part } from './verdict.ts';

/** The numbers of every output. */
export type Values = Readonly<Record<string, Float32Array>>;

/**
 * The differences of two runs of one batch, for each image where the head's outputs are of each.
 *
 * @param images different ones of the batch
 * @param actual may hold outputs of the images several times over
 */
export function compareBatch(
  head: HeadGraph,
  { batch, images }: { readonly batch: number; readonly images: number },
  actual: Values,
  expected: Values,
): Part[] {
  const isOfEach = head.gradients?.of === 'each';
  const count = isOfEach ? images : 1;
  return Object.entries(expected).flatMap(([output, values]) =>
    Array.from({ length: count }, (_, image): Part => {
      const [begin, end] = [(image * values.length) / count, ((image + 1) * values.length) / count];
      const sums = createSums();
      // Of images that one of the two was fed with several times, each copy is compared.
      for (let copy = 0; copy < actual[output]!.length; copy += values.length) {
        addDifferences(sums, actual[output]!.subarray(copy + begin, copy + end), values.subarray(begin, end));
      }
      return { output, batch, image: isOfEach ? image : undefined, sums };
    }),
  );
}
