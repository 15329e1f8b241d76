import { type HostArray, type HostTensor, type HostTensors, type OnnxSession, openSession } from '@mfm/onnx';
import type { EagerHere } from '../eager/open-eager-here.ts';
import { addDifferences, createSums, type Sums, summarise } from '../parity/differences.ts';

/** How far an output is from the eager model's at one batch size. */
export interface DifferenceRow {
  readonly output: string;
  readonly batch: number;
  readonly maxAbsolute: number;
  readonly meanAbsolute: number;
  /** Largest difference in parts of the eager output's largest number. */
  readonly maxRelative: number;
  /** Mean difference in parts of the eager output's mean size. */
  readonly meanRelative: number;
  readonly cosine: number;
}

/** How often the greatest element of an output is the same one. */
export interface AgreementRow {
  readonly output: string;
  readonly batch: number;
  readonly images: number;
  readonly same: number;
}

export interface ImageComparison {
  /** What was compared on: a data set's name, or made-up pictures. */
  readonly source: string;
  readonly images: number;
  /** TensorFlow.js backend of the eager model. */
  readonly backend: string;
  readonly differences: readonly DifferenceRow[];
  /** For outputs of a row of numbers an image, of `logits` above all. */
  readonly agreement: readonly AgreementRow[];
}

/** Some images of a batch of tensors whose first axis is the images. */
function part({ type, data, dims }: HostTensor, begin: number, end: number): HostTensor {
  const size = data.length / dims[0]!;
  return {
    type,
    dims: [end - begin, ...dims.slice(1)],
    data: (data as Float32Array).slice(begin * size, end * size) as HostArray,
  };
}

const partOf = (feeds: HostTensors, begin: number, end: number): HostTensors =>
  Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, part(tensor, begin, end)]));

/** Runs in batches of at most this size; the outputs as one. */
async function runInBatches(session: OnnxSession, feeds: HostTensors, count: number, batch: number) {
  const pieces = new Map<string, Float32Array[]>();
  for (let begin = 0; begin < count; begin += batch) {
    // Inputs without a batch axis (a training state) come in whole batches alone.
    const outputs = await session.run(batch >= count ? feeds : partOf(feeds, begin, Math.min(count, begin + batch)));
    for (const [name, { data }] of Object.entries(outputs))
      pieces.set(name, [...(pieces.get(name) ?? []), data as Float32Array]);
  }
  return new Map([...pieces].map(([name, list]) => [name, joined(list)]));
}

function joined(pieces: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const piece of pieces) {
    out.set(piece, offset);
    offset += piece.length;
  }
  return out;
}

function greatest(row: Float32Array): number {
  let best = 0;
  for (let i = 1; i < row.length; i++) if (row[i]! > row[best]!) best = i;
  return best;
}

function countSame(a: Float32Array, b: Float32Array, rows: number): number {
  const length = a.length / rows;
  let same = 0;
  for (let at = 0; at < a.length; at += length)
    if (greatest(a.subarray(at, at + length)) === greatest(b.subarray(at, at + length))) same++;
  return same;
}

interface Cell {
  readonly output: string;
  readonly batch: number;
  readonly sums: Sums;
  same: number;
}

function differenceRow({ output, batch, sums }: Cell): DifferenceRow {
  const { maxAbsolute, meanAbsolute, cosine } = summarise(output, sums);
  const meanSize = sums.size / sums.count;
  const parts = (difference: number, of: number) => (difference === 0 ? 0 : difference / of);
  return {
    ...{ output, batch, maxAbsolute, meanAbsolute, cosine },
    maxRelative: parts(maxAbsolute, sums.largest),
    meanRelative: parts(meanAbsolute, meanSize),
  };
}

/**
 * Runs a file and the eager model on the same images, the file in batches of several sizes, and compares every output.
 *
 * @param path of the file
 * @param chunks inputs of the images, in chunks of the largest batch (the last may be smaller)
 * @param batchSizes of the file's runs; the eager model takes a chunk at once
 */
export async function compareImages(
  path: string,
  eager: EagerHere,
  chunks: AsyncIterable<HostTensors> | Iterable<HostTensors>,
  { source, batchSizes, onDone }: { source: string; batchSizes: readonly number[]; onDone: (images: number) => void },
): Promise<ImageComparison> {
  const session = await openSession(path);
  // Rows of one number list an image: logits, features. Maps and tokens have no class.
  const flat = new Set(
    session.outputs.filter(({ shape, type }) => shape.length === 2 && type === 'float32').map(({ name }) => name),
  );
  const cells = new Map<string, Cell>();
  let images = 0;
  try {
    for await (const feeds of chunks) {
      const count = Object.values(feeds)[0]!.dims[0]!;
      const expected = await eager.run(feeds);
      for (const batch of batchSizes) {
        const actual = await runInBatches(session, feeds, count, batch);
        for (const [output, values] of Object.entries(expected)) {
          const key = `${output} ${batch}`;
          const cell = cells.get(key) ?? { output, batch, sums: createSums(), same: 0 };
          cells.set(key, cell);
          addDifferences(cell.sums, actual.get(output)!, values);
          if (flat.has(output)) cell.same += countSame(actual.get(output)!, values, count);
        }
      }
      images += count;
      onDone(images);
    }
  } finally {
    await session.close();
  }
  const list = [...cells.values()].sort((a, b) =>
    a.output === b.output ? a.batch - b.batch : a.output < b.output ? -1 : 1,
  );
  return {
    ...{ source, images, backend: eager.backend },
    differences: list.map(differenceRow),
    agreement: list
      .filter(({ output }) => flat.has(output))
      .map(({ output, batch, same }) => ({ output, batch, images, same })),
  };
}
