import { batchNormBuffer } from '../resnet/batch-norm.ts';
import { layerParameters } from '../resnet/block.ts';
import { classifyPixels, pixelClassifierParameters } from './classify-pixels.ts';
import { convModule, runConvModule } from './conv-module.ts';
import type { DenseHead } from './upernet.ts';

const HEAD = 'auxiliary_head';
const KERNEL = 3;
/**
 * The auxiliary head (FCN, Long et al. 2015): one convolution on the last map but one, of stride 16 in the official
 * recipes. It gives the encoder a second, shorter way to the labels in training
 * (Zhao et al. 2017, section 3.3), and is left out afterwards. Names are mmsegmentation's FCNHead.
 *
 * @param widths channels of the encoder's maps, from fine to coarse
 */
export function buildAuxiliaryHead(channels: number, widths: readonly number[], numClasses: number): DenseHead {
  const level = widths.length - 2;
  const layer = convModule(`${HEAD}.convs.0`, widths[level]!, channels, KERNEL);
  return {
    channels,
    parameters: [...pixelClassifierParameters(HEAD, channels, numClasses), ...layerParameters(layer)],
    buffers: [batchNormBuffer(layer.norm)],
    logits: (parameters, maps, context, dropout) =>
      classifyPixels(runConvModule(maps[level]!, parameters, layer, context), parameters, HEAD, dropout),
  };
}
