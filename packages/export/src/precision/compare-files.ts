import { type HostTensors, openSession } from '@mfm/onnx';
import { addDifferences, createSums, type OutputParity, summarise } from '../parity/differences.ts';

/** How far a file in reduced precision is from the float32 one. */
export interface Comparison {
  readonly images: number;
  readonly outputs: readonly OutputParity[];
  /** Share of images whose greatest logit is of the same class; undefined for what is no classifier. */
  readonly agreement: number | undefined;
}

const LOGITS = 'logits';

function greatest(values: Float32Array, from: number, length: number): number {
  let best = from;
  for (let i = from + 1; i < from + length; i++) if (values[i]! > values[best]!) best = i;
  return best - from;
}

/** How many rows of two tables have their greatest element in the same column. */
function sameRows(a: Float32Array, b: Float32Array, rows: number): number {
  const length = a.length / rows;
  let same = 0;
  for (let row = 0; row < rows; row++) {
    if (greatest(a, row * length, length) === greatest(b, row * length, length)) same++;
  }
  return same;
}

/**
 * Runs two files on the same inputs and compares every output.
 *
 * @param reference the float32 file, which is the eager model's to 1e-4
 * @param batches inputs, the first axis of each the images
 */
export async function compareFiles(
  reference: Uint8Array,
  reduced: Uint8Array,
  batches: AsyncIterable<HostTensors> | Iterable<HostTensors>,
): Promise<Comparison> {
  const [single, other] = [await openSession(reference), await openSession(reduced)];
  const sums = new Map(single.outputs.map(({ name }) => [name, createSums()]));
  let [images, same] = [0, 0];
  try {
    for await (const feeds of batches) {
      const count = Object.values(feeds)[0]!.dims[0]!;
      const [expected, actual] = [await single.run(feeds), await other.run(feeds)];
      for (const [name, own] of sums) {
        addDifferences(own, actual[name]!.data as Float32Array, expected[name]!.data as Float32Array);
      }
      const logits = [expected, actual].map((results) => results[LOGITS]?.data as Float32Array | undefined);
      if (logits[0] && logits[1]) same += sameRows(logits[0], logits[1], count);
      images += count;
    }
  } finally {
    await single.close();
    await other.close();
  }
  const outputs = [...sums].map(([name, own]) => summarise(name, own));
  return { images, outputs, agreement: sums.has(LOGITS) ? same / images : undefined };
}
