import type { Graph, Value } from '../graph/value.ts';
import { encodeModel } from '../proto/encode.ts';
import type { HostTensors } from '../session/host-tensor.ts';
import { openSession, type SessionOptions } from '../session/session.ts';
import { addValues, createHistogram, type Histogram } from './histogram.ts';

/** Memory that the activations of one run may take, in bytes: with many, fewer images are run at once. */
const RUN_BYTES = 256 * 2 ** 20;

/** A length of one image: `batch` counts 1, `65*batch` 65. */
const perImage = (length: number | string): number =>
  typeof length === 'number' ? length : Number.parseInt(length, 10) || 1;

/**
 * How many images may be run at once so that their activations stay within 256 MiB.
 *
 * @param activations float32, their first axis the batch or a multiple of it
 */
export function calibrationBatch(activations: readonly Value[]): number {
  const elements = activations.reduce(
    (sum, { shape }) => sum + shape.reduce<number>((product, length) => product * perImage(length), 1),
    0,
  );
  return Math.max(1, Math.min(32, Math.floor(RUN_BYTES / 4 / Math.max(1, elements))));
}

/**
 * Runs a graph over batches, with the activations as additional outputs, and counts the values of each: memory is one batch's activations and
 * a histogram for each.
 *
 * @param activations values of the graph, float32
 * @param batches feeds of the graph's inputs
 * @returns a histogram for each activation, in their order
 */
export async function observeActivations(
  graph: Graph,
  activations: readonly Value[],
  batches: AsyncIterable<HostTensors> | Iterable<HostTensors>,
  options: SessionOptions = {},
): Promise<Histogram[]> {
  const histograms = activations.map(createHistogram);
  // A graph's own input is not computed: its values are the feed's.
  const computed = activations.flatMap((value, index) => (value.source.kind === 'node' ? [index] : []));
  const outputs = computed.map((index) => ({ name: `activation_${index}`, value: activations[index]! }));
  const session =
    outputs.length > 0 ? await openSession(encodeModel({ inputs: graph.inputs, outputs }), options) : undefined;
  try {
    for await (const feeds of batches) {
      const results = (await session?.run(feeds)) ?? {};
      activations.forEach(({ source }, index) => {
        const tensor = source.kind === 'input' ? feeds[source.name] : results[`activation_${index}`];
        addValues(histograms[index]!, tensor!.data as Float32Array);
      });
    }
  } finally {
    await session?.close();
  }
  return histograms;
}
