import { UserError } from '@mfm/cli';
import type { LinearClassifier } from '../linear-classifier.ts';
import type { FeatureBatches } from './feature-batches.ts';
import { type HeadProtocol, rateShare } from './head-protocols.ts';
import { openHeadTrainer } from './head-trainer.ts';

export interface TrainHeadsOptions extends HeadProtocol {
  readonly classCount: number;
  readonly dim: number;
  readonly seed: number;
  readonly threads?: number;
  /** Told after every step. */
  readonly onProgress?: (done: number, total: number, text: string) => void;
}

/** A head, trained to the end. */
export interface TrainedHead {
  /** For 256 images a step. */
  readonly baseRate: number;
  /** For raw features. */
  readonly classifier: LinearClassifier;
  /** Mean training loss of each epoch, in nats. */
  readonly losses: readonly number[];
}

/**
 * Trains a linear head for each of the protocol's learning rates, all on the same batches.
 *
 * @param batches of `batchSize` rows each
 * @returns a head for each rate, in their order; one whose loss left the finite numbers is left out
 * @throws UserError when no head is left
 */
export async function trainHeads(batches: FeatureBatches, options: TrainHeadsOptions): Promise<TrainedHead[]> {
  const { baseRates, epochs, batchSize, onProgress } = options;
  const trainer = await openHeadTrainer({ ...options, heads: baseRates.length });
  const rates = new Float32Array(baseRates.length);
  const losses = baseRates.map(() => new Array<number>(epochs).fill(0));
  const { batchesPerEpoch } = batches;
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      let step = 0;
      for await (const { features, labels } of batches.epoch(epoch)) {
        const share = rateShare(epoch + step / batchesPerEpoch, options);
        for (const [head, rate] of baseRates.entries()) rates[head] = (share * rate * batchSize) / 256;
        const own = await trainer.step(features, labels, rates);
        for (const [head, loss] of own.entries()) losses[head]![epoch]! += loss / batchesPerEpoch;
        step++;
        const lowest = Math.min(...[...own].filter(Number.isFinite));
        onProgress?.(epoch * batchesPerEpoch + step, epochs * batchesPerEpoch, `loss ${lowest.toFixed(3)}`);
      }
    }
    const heads = trainer.classifiers().map((classifier, head) => {
      return { baseRate: baseRates[head]!, classifier, losses: losses[head]! };
    });
    const finite = heads.filter(({ classifier: { weight, bias } }) => [...weight, ...bias].every(Number.isFinite));
    if (finite.length > 0) return finite;
    throw new UserError(
      `eval linear: a head's weights must stay finite, got none at learning rates ${baseRates.join(', ')}. Choose smaller ones with --learning-rates.`,
    );
  } finally {
    await trainer.close();
  }
}
