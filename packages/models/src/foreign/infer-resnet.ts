import type { HostParameters } from '../checkpoint/checkpoint.ts';
import type { ResnetConfig } from '../resnet/resnet-config.ts';
import { type InferOptions, shapesOf, USUAL_SIZE } from './infer-shape.ts';

const STAGES = [1, 2, 3, 4];

/**
 * A ResNet's configuration from the names and shapes of its tensors, which torchvision, timm and the official code share. Any image size
 * fits them.
 *
 * @param prefix before the names: `encoder.` or nothing
 * @throws UserError when they are not those of a ResNet
 */
export function inferResnet(
  source: string,
  tensors: HostParameters,
  prefix: string,
  { imageSize = USUAL_SIZE }: InferOptions,
): { encoder: ResnetConfig; imageSize: number } {
  const shapes = shapesOf(source, tensors);
  return {
    imageSize,
    encoder: {
      type: 'resnet',
      block: shapes.has(`${prefix}layer1.0.conv3.weight`) ? 'bottleneck' : 'basic',
      layers: STAGES.map((stage) => shapes.count(`${prefix}layer${stage}.`)),
      channels: STAGES.map((stage) => shapes.of(`${prefix}layer${stage}.0.conv1.weight`, 4)[0]!),
      stem: shapes.of(`${prefix}conv1.weight`, 4)[0]!,
    },
  };
}
