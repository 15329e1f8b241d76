import { join } from 'node:path';

/** What the quickstart does, in numbers that two cores finish in about three minutes. */
export const PLAN = {
  preset: 'mfm_pretrain__vit_quickstart',
  /** Training images for pre-training and for the probes; the test split has a fifth as many. */
  data: 'synthetic:4000',
  feature: 'mean_pooled',
  /** Pre-training ends here even when epochs are left, so that a slow machine stays within five minutes. */
  trainSeconds: 150,
  severities: [1, 3, 5],
  robustnessImages: 500,
  /** Test images shown in the report. */
  pictures: [0, 3, 4, 5, 7, 9],
} as const;

/** Where everything goes. */
export function filesIn(folder: string) {
  return {
    folder,
    run: join(folder, 'pretrain'),
    features: join(folder, 'features.onnx'),
    random: join(folder, 'random.onnx'),
    reconstruction: join(folder, 'reconstruction.onnx'),
    report: join(folder, 'report.html'),
  };
}

export type Files = ReturnType<typeof filesIn>;
