import { scalar } from '../operators/creation.ts';
import { binary, unary } from '../operators/elementwise.ts';
import { reshape } from '../operators/movement.ts';
import type { Rule } from '../rewrite.ts';
import type { Value } from '../value.ts';

/** The first operator set with an operator that cannot be mistaken for training: the reference evaluator normalises by the batch below it. */
const INFERENCE_SINCE = 15;

/**
 * BatchNormalization by elementwise operators: x · f + (bias − mean · f) with f = scale / √(variance + ε). Where statistics or parameters are
 * computed or fed, as in a training step, since tract takes only constants there; and everywhere in old operator sets. ONNX Runtime takes
 * both into a convolution before them, as it does with the operator.
 */
export const decomposeBatchNorm =
  (opset: number): Rule =>
  (node, { g, inputs }) => {
    const [x, scale, bias, mean, variance] = inputs as [Value, Value, Value, Value, Value];
    const { epsilon, training_mode: training } = node.attributes;
    if (training?.value === 1) return undefined;
    const isConstant = [scale, bias, mean, variance].every(({ source }) => source.kind === 'constant');
    if (isConstant && opset >= INFERENCE_SINCE) return undefined;
    const guard = scalar(g, x.type, epsilon?.kind === 'float' ? epsilon.value : 1e-5);
    const factor = binary(g, 'Div', scale, unary(g, 'Sqrt', binary(g, 'Add', variance, guard)));
    const offset = binary(g, 'Sub', bias, binary(g, 'Mul', mean, factor));
    const perChannel = (value: Value) => reshape(g, value, [Number(value.shape[0]), ...x.shape.slice(2).map(() => 1)]);
    // The operator's own output shape: the batch may be open.
    const [scaled] = g.add('Mul', [x, perChannel(factor)], node.outputs);
    return g.add('Add', [scaled, perChannel(offset)], node.outputs);
  };
