/** How linear heads are trained by stochastic gradient descent. */
export interface HeadProtocol {
  readonly title: string;
  readonly optimiser: 'sgd' | 'lars';
  /** Features are normalised by batch statistics, without scale and shift. */
  readonly batchNorm: boolean;
  readonly momentum: number;
  /** Learning rates for 256 images a step; the rate of a step is in proportion to its images. Each has a head of its own. */
  readonly baseRates: readonly number[];
  readonly epochs: number;
  /** Epochs over which the rate rises linearly from 0; then it falls to 0 by half a cosine. */
  readonly warmupEpochs: number;
  readonly batchSize: number;
}

/** The protocols of papers, by the names that `--protocol` takes. Neither decays weights. */
export const HEAD_PROTOCOLS = {
  /** He et al. 2022, appendix A.1 and `main_linprobe.py`. */
  mae: {
    title: "MAE's: batch normalisation, LARS",
    optimiser: 'lars',
    batchNorm: true,
    momentum: 0.9,
    baseRates: [0.1],
    epochs: 90,
    warmupEpochs: 10,
    batchSize: 16_384,
  },
  /** Caron et al. 2021 with the grid of Oquab et al. 2023 (`dinov2/eval/linear.py`): SGD with momentum, every rate in one pass. */
  dino: {
    title: "DINO's: SGD over a grid of learning rates",
    optimiser: 'sgd',
    batchNorm: false,
    momentum: 0.9,
    baseRates: [1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1],
    epochs: 10,
    warmupEpochs: 0,
    batchSize: 1024,
  },
} as const satisfies Record<string, HeadProtocol>;

/** Fewest steps of an epoch: the protocols' batches are ImageNet's, a small data set gets smaller ones. */
const LEAST_STEPS = 64;

/** The protocol's batch, or what gives an epoch of `count` images enough steps. */
export const defaultBatchSize = ({ batchSize }: HeadProtocol, count: number): number =>
  Math.max(2, Math.min(batchSize, Math.floor(count / LEAST_STEPS)));

/**
 * Share of the full learning rate at a point of the training.
 *
 * @param epoch with its fraction, 0 … epochs
 */
export function rateShare(epoch: number, { epochs, warmupEpochs }: Pick<HeadProtocol, 'epochs' | 'warmupEpochs'>) {
  if (epoch < warmupEpochs) return epoch / warmupEpochs;
  return 0.5 * (1 + Math.cos((Math.PI * (epoch - warmupEpochs)) / (epochs - warmupEpochs)));
}
