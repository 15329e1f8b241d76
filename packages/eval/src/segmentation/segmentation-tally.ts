import { type Communicator, gather } from '@mfm/mpi';
import { type Confusion, createConfusion } from '@mfm/segmentation';

/** A predicted image that is to be shown. */
export interface PredictedPlace {
  /** Its place among the images that are measured on. */
  readonly place: number;
  readonly predicted: Uint8Array;
  /** Share of its labelled pixels that are right; undefined where it has none. */
  readonly pixelAccuracy: number | undefined;
}

/** What was counted over images; adds up over processes. */
export interface SegmentationTally {
  readonly confusion: Confusion;
  /** Images that were predicted. */
  images: number;
  leftOut: number;
  /** Pixels that two models predicted, and those to which both give the same class. */
  pixels: number;
  agreeing: number;
  /** By place, ascending. */
  readonly shown: PredictedPlace[];
}

/** Nothing counted yet. */
export const createTally = (classCount: number): SegmentationTally => ({
  ...{ confusion: createConfusion(classCount), images: 0, leftOut: 0, pixels: 0, agreeing: 0, shown: [] },
});

/** Adds up what ranks have counted; every rank gets the sum. Counts are whole numbers below 2^53: the sum is that of one process. */
export async function sumTallies(
  communicator: Communicator,
  { confusion, images, leftOut, pixels, agreeing, shown }: SegmentationTally,
): Promise<SegmentationTally> {
  const counts = confusion.counts.slice();
  const others = Float64Array.of(images, leftOut, pixels, agreeing);
  await communicator.allReduce(counts);
  await communicator.allReduce(others);
  // A mask is a byte a pixel; JSON would make a list of numbers of it.
  const packed = shown.map(({ predicted, ...rest }) => ({ ...rest, mask: Buffer.from(predicted).toString('base64') }));
  const all = (await gather(communicator, packed)).flat().sort((a, b) => a.place - b.place);
  return {
    ...{ confusion: { ...confusion, counts }, images: others[0]!, leftOut: others[1]! },
    ...{ pixels: others[2]!, agreeing: others[3]! },
    shown: all.map(({ mask, place, pixelAccuracy }) => ({
      ...{ place, pixelAccuracy },
      predicted: Uint8Array.from(Buffer.from(mask, 'base64')),
    })),
  };
}
