import type { GraphBuilder } from '../../builder.ts';
import { staticShape, type Value } from '../../value.ts';
import { type ConvGeometry, convAttributes, convOutputShape, type Shape4D } from './geometry.ts';

/** x [N, C, H, W] ⋆ weight [O, C/groups, kh, kw] (+ bias [O]) → [N, O, H', W']. */
export function conv(g: GraphBuilder, x: Value, weight: Value, geometry: ConvGeometry, bias?: Value): Value {
  const kernel = staticShape(weight) as unknown as Shape4D;
  const shape = convOutputShape(staticShape(x) as unknown as Shape4D, kernel, geometry);
  const inputs = bias ? [x, weight, bias] : [x, weight];
  return g.add('Conv', inputs, [{ type: x.type, shape }], convAttributes(geometry, kernel.slice(2)))[0]!;
}
