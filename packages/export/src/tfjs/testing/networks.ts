import { attribute, GraphDefBuilder } from './graph-def.ts';
import type { SavedModel } from './saved-model.ts';

const strides = (step: number) => attribute.ints([1, step, step, 1]);

/** A classifier like MobileNet as the converter leaves it: batch normalisation folded in, biases and activations fused. */
export function mobileNet(): SavedModel {
  const g = new GraphDefBuilder();
  const fused = (op: string, x: string, filter: string, channels: number, step: number, activation: string) =>
    g.op(op, [x, filter, g.weight(`${filter}/bias`, [channels])], {
      strides: strides(step),
      padding: attribute.string('SAME'),
      data_format: attribute.string('NHWC'),
      dilations: strides(1),
      fused_ops: attribute.strings(activation === '' ? ['BiasAdd'] : ['BiasAdd', activation]),
      num_args: attribute.int(1),
    });
  let x = g.placeholder('input', [-1, 32, 32, 3]);
  x = fused('_FusedConv2D', x, g.weight('stem/kernel', [3, 3, 3, 8]), 8, 2, 'Relu6');
  x = fused('FusedDepthwiseConv2dNative', x, g.weight('block_1/depthwise', [3, 3, 8, 1]), 8, 1, 'Relu6');
  const project = fused('_FusedConv2D', x, g.weight('block_1/project', [1, 1, 8, 8]), 8, 1, '');
  x = fused('_FusedConv2D', project, g.weight('block_2/expand', [1, 1, 8, 24]), 24, 1, 'Elu');
  x = g.op('DepthwiseConv2dNative', [x, g.weight('block_2/depthwise', [3, 3, 24, 1])], {
    strides: strides(1),
    padding: attribute.string('SAME'),
    data_format: attribute.string('NHWC'),
    dilations: strides(2),
  });
  x = g.op(
    'FusedBatchNormV3',
    [
      x,
      ...['gamma', 'beta', 'mean'].map((name) => g.weight(`bn/${name}`, [24])),
      g.constant(new Array(24).fill(0.7), [24], 'float32', 'bn/variance'),
    ],
    {
      epsilon: attribute.float(1e-3),
      data_format: attribute.string('NHWC'),
    },
  );
  x = fused('_FusedConv2D', x, g.weight('block_2/project', [1, 1, 24, 8]), 8, 1, '');
  x = g.op('AddV2', [project, x]);
  x = g.op('Mean', [x, g.ints([1, 2])], { keep_dims: attribute.bool(false) });
  x = g.op('_FusedMatMul', [x, g.weight('head/kernel', [8, 10]), g.weight('head/bias', [10])], {
    transpose_a: attribute.bool(false),
    transpose_b: attribute.bool(false),
    fused_ops: attribute.strings(['BiasAdd']),
    num_args: attribute.int(1),
  });
  return g.save({ probabilities: g.op('Softmax', [x]) });
}

/** A small segmenter: shapes computed in the graph, up-sampling, concatenation, classes per pixel. */
export function segmenter(): SavedModel {
  const g = new GraphDefBuilder();
  const conv = {
    strides: strides(1),
    padding: attribute.string('SAME'),
    data_format: attribute.string('NHWC'),
    dilations: strides(1),
  };
  const image = g.placeholder('image', [-1, 16, 16, 3]);
  const scaled = g.op('Sub', [g.op('Mul', [image, g.scalar(2, 'float32')]), g.scalar(1, 'float32')]);
  const wide = g.op('Relu', [
    g.op('BiasAdd', [
      g.op('Conv2D', [scaled, g.weight('wide/kernel', [3, 3, 3, 6])], conv),
      g.weight('wide/bias', [6]),
    ]),
  ]);
  const pooled = g.op('MaxPool', [wide], {
    ksize: strides(2),
    strides: strides(2),
    padding: attribute.string('VALID'),
  });
  const deep = g.op('LeakyRelu', [g.op('Conv2D', [pooled, g.weight('deep/kernel', [3, 3, 6, 6])], conv)], {
    alpha: attribute.float(0.1),
  });
  const shape = g.op('Shape', [wide]);
  const size = g.op('StridedSlice', [shape, g.ints([1]), g.ints([3]), g.ints([1])], {
    ...Object.fromEntries(
      ['begin_mask', 'end_mask', 'ellipsis_mask', 'new_axis_mask', 'shrink_axis_mask'].map((name) => [
        name,
        attribute.int(0),
      ]),
    ),
  });
  const up = g.op('ResizeBilinear', [deep, size], {
    align_corners: attribute.bool(false),
    half_pixel_centers: attribute.bool(true),
  });
  const joined = g.op('ConcatV2', [wide, up, g.scalar(3)], { N: attribute.int(2) });
  const logits = g.op('Conv2D', [joined, g.weight('head/kernel', [1, 1, 12, 4])], conv);
  const batch = g.op('StridedSlice', [shape, g.ints([0]), g.ints([1]), g.ints([1])], {
    shrink_axis_mask: attribute.int(1),
  });
  const target = g.op('Pack', [batch, g.scalar(256), g.scalar(4)], { axis: attribute.int(0), N: attribute.int(3) });
  const flat = g.op('Reshape', [logits, target]);
  return g.save({ classes: g.op('ArgMax', [logits, g.scalar(3)]), scores: g.op('Softmax', [flat]) });
}
