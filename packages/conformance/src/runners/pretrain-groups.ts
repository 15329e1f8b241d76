import { isDecayed } from '@mfm/models';
import { namesCheck, type Outcome } from '../check/check.ts';
import type { GoldenCase } from '../golden/golden-case.ts';

/** A vector or scalar by its name, of ViT, Swin and ResNet: the golden lists hold no shapes. */
const VECTOR = /(\.bias|_bias|\.gamma_[12]|(^|\.)(norm\w*|bn\w*|fc_norm)\.weight|downsample\.1\.weight)$/;

const shapeByName = (name: string): number[] => (VECTOR.test(name) ? [1] : [1, 1]);

/** Kind `pretrain_groups`: which parameters decay. */
export async function runPretrainGroups({ json }: GoldenCase): Promise<Outcome> {
  const [decay, noDecay] = [json.decay as string[], json.no_decay as string[]];
  const decayed = [...decay, ...noDecay].filter((name) => isDecayed(name, shapeByName(name)));
  return { checks: [namesCheck('decayed', decayed, decay)] };
}
