import type { GraphBuilder } from '../../builder.ts';
import type { Value } from '../../value.ts';
import { type ConvGeometry, type ConvShape, convOutputShape, type Shape4D } from './geometry.ts';
import { INPUT_GRADIENT_LOWERINGS } from './input-gradient.ts';
import { WEIGHT_GRADIENT_LOWERINGS } from './weight-gradient.ts';

/** The first rule that holds decides. Measured by `pnpm bench conv`; figures in docs/performance.md. */
interface ChoiceRule<Name extends string> {
  readonly lowering: Name;
  when(shape: ConvShape): boolean;
}

const INPUT_GRADIENT_RULES: readonly ChoiceRule<keyof typeof INPUT_GRADIENT_LOWERINGS>[] = [
  // Twice as fast on large planes: ConvTranspose sums its columns on one thread.
  { lowering: 'flippedConv', when: INPUT_GRADIENT_LOWERINGS.flippedConv.fits },
  { lowering: 'convTranspose', when: () => true },
];

/**
 * Whether the products of single images have more elements than patches and dy, so that transposing those is cheaper than
 * writing the products and summing them. The batch size cancels.
 */
function productsOutweigh({ weight: [outputs, inputs, kh, kw], output: [, , rows, columns] }: ConvShape): boolean {
  const window = inputs * kh * kw;
  return outputs * window > rows * columns * (window + outputs);
}

const WEIGHT_GRADIENT_RULES: readonly ChoiceRule<keyof typeof WEIGHT_GRADIENT_LOWERINGS>[] = [
  { lowering: 'joined', when: (shape) => WEIGHT_GRADIENT_LOWERINGS.joined.fits(shape) && productsOutweigh(shape) },
  { lowering: 'perImage', when: () => true },
];

const choose = <Name extends string>(rules: readonly ChoiceRule<Name>[], shape: ConvShape): Name =>
  rules.find(({ when }) => when(shape))!.lowering;

export const chooseInputGradient = (shape: ConvShape) => choose(INPUT_GRADIENT_RULES, shape);
export const chooseWeightGradient = (shape: ConvShape) => choose(WEIGHT_GRADIENT_RULES, shape);

/** The shapes of a convolution from its input's and weight's. */
export const convShape = (input: Shape4D, weight: Shape4D, geometry: ConvGeometry): ConvShape => ({
  geometry,
  input,
  weight,
  output: convOutputShape(input, weight, geometry),
});

/** d loss / d x of a convolution, [N, C, H, W]. */
export function convInputGradient(g: GraphBuilder, dy: Value, weight: Value, shape: ConvShape): Value {
  return INPUT_GRADIENT_LOWERINGS[chooseInputGradient(shape)].build(g, dy, weight, shape);
}

/** d loss / d weight of a convolution, [O, C / groups, kh, kw]. */
export function convWeightGradient(g: GraphBuilder, dy: Value, x: Value, shape: ConvShape): Value {
  return WEIGHT_GRADIENT_LOWERINGS[chooseWeightGradient(shape)].build(g, dy, x, shape);
}
