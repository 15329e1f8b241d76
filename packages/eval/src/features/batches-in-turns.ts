import type { Dataset } from '@mfm/data';
import { type Communicator, gather } from '@mfm/mpi';
import type { VectorModel } from '../model/feature-model.ts';
import { batchSizeOf, type ExtractOptions, type FeatureBatch, featureBatches } from './extract-features.ts';

/** The images of every so-many-th batch, one batch after the other: cut again, they give the same batches. */
export function ownBatches(
  subset: Int32Array,
  batchSize: number,
  { rank, size }: Pick<Communicator, 'rank' | 'size'>,
): Int32Array {
  const own: number[] = [];
  for (let start = rank * batchSize; start < subset.length; start += size * batchSize) {
    own.push(...subset.subarray(start, start + batchSize));
  }
  return Int32Array.from(own);
}

/** Gives every rank the batch of one of them. */
async function broadcastBatch(
  communicator: Communicator,
  batch: FeatureBatch | undefined,
  images: number,
  dims: readonly number[],
  root: number,
): Promise<FeatureBatch> {
  const { parts, labels, indices } = batch ?? {
    parts: dims.map((dim) => new Float32Array(images * dim)),
    labels: new Int32Array(images),
    indices: new Int32Array(images),
  };
  for (const array of [...parts, labels, indices]) await communicator.broadcast(array, root);
  return { parts, labels, indices };
}

/**
 * Streams a data set through a model on several ranks: rank r of p extracts the batches r, r + p, r + 2p, …, and every rank gets all of them in their order, of
 * the same images as in one process. A rank works on its next batch when all have got the last.
 *
 * @throws UserError as `featureBatches`, on the rank where it happens
 */
export async function* batchesInTurns(
  communicator: Communicator,
  model: VectorModel,
  dataset: Dataset,
  options: ExtractOptions = {},
): AsyncGenerator<FeatureBatch, void, undefined> {
  const images = options.subset ?? Int32Array.from({ length: dataset.length }, (_, i) => i);
  const batchSize = batchSizeOf(model, images.length, options);
  const subset = ownBatches(images, batchSize, communicator);
  const dims = model.parts.map(({ dim }) => dim);
  // With fewer batches than ranks, some have none.
  const own = subset.length > 0 ? featureBatches(model, dataset, { ...options, batchSize, subset }) : undefined;
  const rounds = Math.ceil(images.length / (communicator.size * batchSize));
  let next: IteratorResult<FeatureBatch, void> | undefined;
  try {
    for (let round = 0; round < rounds; round++) {
      // A batch of undecodable images alone does not come: what comes instead waits for its turn.
      next ??= await own?.next();
      const turn = subset.subarray(round * batchSize, (round + 1) * batchSize);
      const batch = next && !next.done && turn.includes(next.value.indices[0]!) ? next.value : undefined;
      if (batch) next = undefined;
      const counts = await gather(communicator, batch?.labels.length ?? 0);
      for (const [root, count] of counts.entries()) {
        const mine = root === communicator.rank ? batch : undefined;
        if (count > 0) yield await broadcastBatch(communicator, mine, count, dims, root);
      }
    }
  } finally {
    await own?.return();
  }
}
