import type { Range } from './activation-range.ts';

/** x ≈ scale · (q − zeroPoint). */
export interface Affine {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** Halves go to the even neighbour, as ONNX's QuantizeLinear rounds. */
export function roundHalfEven(x: number): number {
  const rounded = Math.round(x);
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** A scale must be positive even where all values are zero. */
const positive = (scale: number) => Math.max(Math.fround(scale), 2 ** -100);

/** uint8 with its own zero: the range's ends are 0 and 255, zero is a whole step. */
export function affineUint8({ low, high }: Range): Affine {
  const scale = positive((high - low) / 255);
  return { scale, zeroPoint: Math.min(255, Math.max(0, roundHalfEven(-low / scale))) };
}

/** ONNX's QuantizeLinear to uint8. */
export function quantizeUint8(x: number, { scale, zeroPoint }: Affine): number {
  return Math.min(255, Math.max(0, roundHalfEven(Math.fround(x / scale)) + zeroPoint));
}

/** ONNX's DequantizeLinear. */
export const dequantize = (q: number, { scale, zeroPoint }: Affine): number => Math.fround((q - zeroPoint) * scale);

/** Weights as int8, one scale for each output channel, zero is 0. */
export interface QuantizedWeight {
  /** int8, −127 … 127: without −128, so that negation stays inside. */
  readonly data: Int8Array;
  /** float32, one for each channel. */
  readonly scales: Float32Array;
}

/**
 * Quantises weights symmetrically, channel by channel.
 *
 * @param data float32, row-major
 * @param shape lengths of the axes
 * @param axis of the output channels
 * @param least the smallest scale that a channel may get, where its bias needs it
 */
export function quantizeWeight(
  data: Float32Array,
  shape: readonly number[],
  axis: number,
  least: (channel: number) => number = () => 0,
): QuantizedWeight {
  const channels = shape[axis]!;
  const inner = shape.slice(axis + 1).reduce((product, length) => product * length, 1);
  const greatest = new Float64Array(channels);
  const channelOf = (index: number) => Math.floor(index / inner) % channels;
  for (let i = 0; i < data.length; i++) {
    const channel = channelOf(i);
    greatest[channel] = Math.max(greatest[channel]!, Math.abs(data[i]!));
  }
  const scales = Float32Array.from(greatest, (size, channel) => positive(Math.max(size / 127, least(channel))));
  const quantized = new Int8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const q = roundHalfEven(data[i]! / scales[channelOf(i)]!);
    quantized[i] = Math.min(127, Math.max(-127, q));
  }
  return { data: quantized, scales };
}
