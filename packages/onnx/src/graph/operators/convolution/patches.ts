import type { GraphBuilder } from '../../builder.ts';
import { staticShape, type Value } from '../../value.ts';
import { slice } from '../movement.ts';
import { conv } from './forward.ts';
import { type ConvGeometry, hasPads, type Shape4D } from './geometry.ts';

/** From this kernel length on, patches are taken by rows and then by columns: k³ products a position instead of k⁴. */
const SEPARABLE_FROM = 5;

/** Weights [channels·kh·kw, 1, kh, kw] that copy each position of a channel's window to a channel of its own. */
function selection(g: GraphBuilder, channels: number, kh: number, kw: number): Value {
  const positions = kh * kw;
  const data = new Float32Array(channels * positions ** 2);
  for (let row = 0; row < channels * positions; row++) data[row * positions + (row % positions)] = 1;
  return g.constant('float32', [channels * positions, 1, kh, kw], data);
}

/**
 * The pixels under each kernel position (im2col), x [N, C, H, W] → [N, C·kh·kw, H', W'] with the channel outermost.
 *
 * A depthwise Conv with one-hot weights moves them: ONNX Runtime runs it on all threads, where its Pad, Slice and Concat use one.
 */
export function patches(g: GraphBuilder, x: Value, [, , kh, kw]: Shape4D, geometry: ConvGeometry): Value {
  const { strides, dilations, pads } = geometry;
  const lengths = staticShape(x);
  const channels = lengths[1]!;
  if (kh === 1 && kw === 1 && !hasPads(geometry)) return slice(g, x, [0, 0, 0, 0], lengths, [1, 1, ...strides]);
  if (Math.min(kh, kw) < SEPARABLE_FROM) {
    return conv(g, x, selection(g, channels, kh, kw), { ...geometry, groups: channels });
  }
  const byRow: ConvGeometry = {
    strides: [strides[0], 1],
    dilations: [dilations[0], 1],
    pads: [pads[0], 0, pads[2], 0],
    groups: channels,
  };
  const byColumn: ConvGeometry = {
    strides: [1, strides[1]],
    dilations: [1, dilations[1]],
    pads: [0, pads[1], 0, pads[3]],
    groups: channels * kh,
  };
  return conv(g, conv(g, x, selection(g, channels, kh, 1), byRow), selection(g, channels * kh, 1, kw), byColumn);
}
