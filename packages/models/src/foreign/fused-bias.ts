import { UserError } from '@mfm/cli';
import type { HostParameters } from '../checkpoint/checkpoint.ts';

const FUSED = /^(.*attn)\.qkv\.bias$/;

/**
 * Splits a fused bias of queries, keys and values [3D], as timm and torchvision have it, into our `q_bias` [D] and `v_bias` [D]. The bias
 * of the keys, b, is left out, and the model computes the same: the logits of query i are qᵢ·(kⱼ + b) = qᵢ·kⱼ + qᵢ·b, whose second
 * term is the same for every key j, and softmax over j does not change when a constant is added. (In training its gradient is zero for
 * the same reason; the official MFM code has no such bias.)
 *
 * @throws UserError for a bias that is not three of one length
 */
export function splitFusedBiases(source: string, tensors: HostParameters): HostParameters {
  const entries = Object.entries(tensors).flatMap(([name, tensor]): [string, HostParameters[string]][] => {
    const attention = FUSED.exec(name)?.[1];
    if (attention === undefined) return [[name, tensor]];
    const width = tensor.data.length / 3;
    if (tensor.shape.length !== 1 || !Number.isInteger(width)) {
      throw new UserError(
        `splitFusedBiases: ${source}: ${JSON.stringify(name)} must have the shape [3D], got [${tensor.shape}].`,
      );
    }
    const part = (index: number) => ({ shape: [width], data: tensor.data.slice(index * width, (index + 1) * width) });
    return [
      [`${attention}.q_bias`, part(0)],
      [`${attention}.v_bias`, part(2)],
    ];
  });
  return Object.fromEntries(entries);
}
