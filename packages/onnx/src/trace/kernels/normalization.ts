import { scalar } from '../../graph/operators/creation.ts';
import { binary, unary } from '../../graph/operators/elementwise.ts';
import { transpose } from '../../graph/operators/movement.ts';
import { float, int, type Value } from '../../graph/value.ts';
import { ALL_REDUCE, OWN_DOMAIN } from '../../ops/all-reduce.ts';
import { BATCH_NORMALIZATION } from '../../ops/batch-norm.ts';
import { LAYER_NORMALIZATION } from '../../ops/layer-norm.ts';
import type { LoweringContext, LoweringTable } from '../lowering.ts';

/** Inference form over the last axis of NHWC data: (x − mean) · scale / sqrt(variance + ε) + offset. */
function fusedBatchNorm({ g, input, optional, attrs }: LoweringContext): Value {
  const x = input('x');
  const epsilon = scalar(g, 'float32', attrs.varianceEpsilon as number);
  const deviation = unary(g, 'Sqrt', binary(g, 'Add', input('variance'), epsilon));
  const [scale, offset] = [optional('scale'), optional('offset')];
  const factor = scale ? binary(g, 'Div', scale, deviation) : unary(g, 'Reciprocal', deviation);
  const centred = binary(g, 'Mul', binary(g, 'Sub', x, input('mean')), factor);
  return offset ? binary(g, 'Add', centred, offset) : centred;
}

/** ONNX BatchNormalization with given statistics, NCHW. */
function batchNormalization({ g, input, attrs }: LoweringContext): Value {
  const x = input('x');
  const operands = [x, input('scale'), input('bias'), input('mean'), input('variance')];
  const attributes = { epsilon: float(attrs.epsilon as number) };
  return g.add('BatchNormalization', operands, [{ type: x.type, shape: x.shape }], attributes)[0]!;
}

/** The three outputs of ONNX LayerNormalization over the last axis: y, mean and inverse deviation per row. */
function layerNormalization({ g, input, attrs }: LoweringContext): Value[] {
  const x = input('x');
  const row = { type: x.type, shape: [...x.shape.slice(0, -1), 1] };
  const attributes = { axis: int(-1), epsilon: float(attrs.epsilon as number) };
  return g.add(
    'LayerNormalization',
    [x, input('weight'), input('bias')],
    [{ type: x.type, shape: x.shape }, row, row],
    attributes,
  );
}

/** A sum over processes: a place where the graph is cut. */
function allReduce({ g, input }: LoweringContext): Value {
  const x = input('x');
  return g.add(ALL_REDUCE, [x], [{ type: x.type, shape: x.shape }], {}, OWN_DOMAIN)[0]!;
}

/** Local response normalisation over channels; TensorFlow.js's window is 2r + 1 and its α is not divided by the window. */
function lrn({ g, input, attrs }: LoweringContext): Value {
  const { depthRadius, bias, alpha, beta } = attrs as Record<'depthRadius' | 'bias' | 'alpha' | 'beta', number>;
  const size = 2 * depthRadius + 1;
  const nchw = transpose(g, input('x'), [0, 3, 1, 2]);
  const attributes = { size: int(size), bias: float(bias), alpha: float(alpha * size), beta: float(beta) };
  return transpose(g, g.add('LRN', [nchw], [{ type: nchw.type, shape: nchw.shape }], attributes)[0]!, [0, 2, 3, 1]);
}

export const normalizationKernels: LoweringTable = {
  FusedBatchNorm: fusedBatchNorm,
  LRN: lrn,
  [ALL_REDUCE]: allReduce,
  [BATCH_NORMALIZATION]: batchNormalization,
  [LAYER_NORMALIZATION]: layerNormalization,
};
