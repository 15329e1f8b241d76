import { GraphBuilder } from '../../builder.ts';
import type { Graph, Value } from '../../value.ts';
import { matMul } from '../linear-algebra.ts';
import { reshape } from '../movement.ts';
import { chooseInputGradient, chooseWeightGradient, convShape } from './choice.ts';
import { conv } from './forward.ts';
import { type ConvGeometry, type ConvShape, isPointwise, type Shape4D } from './geometry.ts';
import { INPUT_GRADIENT_LOWERINGS } from './input-gradient.ts';
import { patches } from './patches.ts';
import { WEIGHT_GRADIENT_LOWERINGS } from './weight-gradient.ts';

/** One way to compute one of a convolution's three passes. */
export interface ConvCandidate {
  readonly pass: 'forward' | 'inputGradient' | 'weightGradient';
  readonly lowering: string;
  /** Whether traced programs get this one. */
  readonly chosen: boolean;
  /** A graph of inputs `a` and `b` ((x, weight), (dy, weight) or (dy, x)) with the output `y`. */
  readonly graph: Graph;
}

function graphOf(a: Shape4D, b: Shape4D, build: (g: GraphBuilder, a: Value, b: Value) => Value): Graph {
  const g = new GraphBuilder();
  const inputs = [g.input('a', 'float32', a), g.input('b', 'float32', b)] as const;
  return { inputs, outputs: [{ name: 'y', value: build(g, ...inputs) }] };
}

/** A product of the weight matrix with the patches (1×1: the pixels) of each image. */
function forwardProduct(g: GraphBuilder, x: Value, weight: Value, { geometry, weight: w, output }: ConvShape): Value {
  const [batch, outputs, rows, columns] = output;
  const inner = w[1] * w[2] * w[3];
  const pixels = reshape(g, patches(g, x, w, geometry), [batch, inner, rows * columns]);
  return reshape(g, matMul(g, reshape(g, weight, [outputs, inner]), pixels), output);
}

/**
 * Every way this package knows to compute a convolution's output and gradients, for measuring them beside each other.
 *
 * @param input [N, C, H, W]
 * @param weight [O, C / groups, kh, kw]
 */
export function convCandidates(input: Shape4D, weight: Shape4D, geometry: ConvGeometry): ConvCandidate[] {
  const shape = convShape(input, weight, geometry);
  const product = isPointwise(weight) ? 'perPixelProduct' : 'patchProduct';
  const forward = {
    conv: (g: GraphBuilder, x: Value, w: Value) => conv(g, x, w, geometry),
    ...(geometry.groups === 1
      ? { [product]: (g: GraphBuilder, x: Value, w: Value) => forwardProduct(g, x, w, shape) }
      : {}),
  };
  return [
    ...Object.entries(forward).map(([lowering, build]) => ({
      pass: 'forward' as const,
      lowering,
      chosen: lowering === 'conv',
      graph: graphOf(input, weight, build),
    })),
    ...Object.entries(INPUT_GRADIENT_LOWERINGS)
      .filter(([, { fits }]) => fits(shape))
      .map(([lowering, { build }]) => ({
        pass: 'inputGradient' as const,
        lowering,
        chosen: lowering === chooseInputGradient(shape),
        graph: graphOf(shape.output, weight, (g, dy, w) => build(g, dy, w, shape)),
      })),
    ...Object.entries(WEIGHT_GRADIENT_LOWERINGS)
      .filter(([, { fits }]) => fits(shape))
      .map(([lowering, { build }]) => ({
        pass: 'weightGradient' as const,
        lowering,
        chosen: lowering === chooseWeightGradient(shape),
        graph: graphOf(shape.output, input, (g, dy, x) => build(g, dy, x, shape)),
      })),
  ];
}
