import { UserError } from '@mfm/cli';
import {
  type CalibrationMethod,
  calibrationBatch,
  chooseRange,
  foldBatchNorm,
  foldConstants,
  fuseGemm,
  type Graph,
  type HostTensors,
  legalize,
  observeActivations,
  planQuantization,
  quantizeGraph,
  toHalf,
} from '@mfm/onnx';
import type { Target } from '../export-model.ts';

/** A graph in reduced precision, and what was done, for people and the file's metadata. */
export interface ReducedGraph {
  readonly graph: Graph;
  readonly summary: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** float16, with what needs it in float32. */
export function reduceToHalf(graph: Graph): ReducedGraph {
  const { graph: half, ...counts } = toHalf(foldBatchNorm(foldConstants(fuseGemm(graph))));
  const clamped = counts.clamped > 0 ? `, ${counts.clamped} weights moved into float16's range` : '';
  return {
    graph: half,
    summary: `${counts.halfNodes} operators in float16, ${counts.floatNodes} in float32, ${counts.casts} conversions${clamped}`,
    details: counts,
  };
}

export interface QuantizeOptions {
  readonly method: CalibrationMethod;
  /** Products of two activations too. */
  readonly attention: boolean;
  /** Operators whose weight's name contains one of these stay in float32. */
  readonly keep: readonly string[];
  readonly opset: number;
  readonly target: Target;
  /** Feeds to calibrate on, in batches of at most this many images. */
  batches(batchSize: number): AsyncIterable<HostTensors>;
}

/**
 * int8 weights and 8-bit activations.
 *
 * @throws UserError for a graph with nothing to quantise, or activations that are not finite
 */
export async function reduceToInt8(graph: Graph, options: QuantizeOptions): Promise<ReducedGraph> {
  const { method, attention, keep, opset, target } = options;
  const plain = foldBatchNorm(foldConstants(legalize(fuseGemm(graph), { opset, target })));
  const plan = planQuantization(plain, { attention, keep });
  if (![...plan.nodes.values()].some(({ weight }) => weight)) {
    throw new UserError(
      'reduceToInt8: the graph must have a convolution or product with a constant weight to quantise, got none' +
        `${keep.length > 0 ? ` but those of --keep-float ${keep.join(',')}` : ''}. Export it with --precision fp16 or fp32.`,
    );
  }
  const histograms = await observeActivations(
    plain,
    plan.activations,
    options.batches(calibrationBatch(plan.activations)),
  );
  const ranges = new Map(
    plan.activations.map((value, index) => {
      const { source } = value;
      const what =
        source.kind === 'node' ? `activation ${index} (${source.node.op})` : `activation ${index} (an input)`;
      return [value, chooseRange(histograms[index]!, method, what)];
    }),
  );
  const { graph: quantized, nodes, activations } = quantizeGraph(plain, plan, ranges);
  return {
    graph: quantized,
    summary: `${nodes} operators on int8 weights, ${activations} activations of 8 bits, ranges by ${method}`,
    details: {
      scheme: 'QDQ',
      weights: 'int8 per channel',
      activations: 'uint8 per tensor',
      method,
      attention,
      keep,
      nodes,
    },
  };
}
