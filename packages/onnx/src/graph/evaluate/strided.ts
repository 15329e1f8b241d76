import { allocate } from '../constant.ts';
import { type ConstantArray, type ElementType, sizeOf } from '../value.ts';

/** A tensor of known values, row-major. */
export interface Known {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: ConstantArray;
}

/** Distance in elements between neighbours along each axis of a row-major tensor. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/** A walk through memory: where it begins, and how far each axis steps; steps of 0 repeat, negative ones go back. */
export interface Walk {
  readonly offset: number;
  readonly strides: readonly number[];
}

/** Calls back with the first positions of every row (last axis) of two walks over one shape. */
function forEachRow(shape: readonly number[], a: Walk, b: Walk, visit: (a: number, b: number) => void): void {
  const outer = shape.slice(0, -1);
  const index = new Array<number>(outer.length).fill(0);
  let [at, bt] = [a.offset, b.offset];
  for (let row = sizeOf(outer); row > 0; row--) {
    visit(at, bt);
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      at += a.strides[axis]!;
      bt += b.strides[axis]!;
      if (++index[axis]! < outer[axis]!) break;
      at -= a.strides[axis]! * outer[axis]!;
      bt -= b.strides[axis]! * outer[axis]!;
      index[axis] = 0;
    }
  }
}

/** Copies the elements of one walk to those of another. */
export function copyStrided(
  shape: readonly number[],
  from: ConstantArray,
  source: Walk,
  to: ConstantArray,
  target: Walk,
): void {
  if (sizeOf(shape) === 0) return;
  const [length, step, stride] = [shape.at(-1) ?? 1, source.strides.at(-1) ?? 1, target.strides.at(-1) ?? 1];
  const isRun = step === 1 && stride === 1;
  forEachRow(shape, source, target, (a, b) => {
    if (isRun) (to as Float32Array).set((from as Float32Array).subarray(a, a + length), b);
    else for (let i = 0; i < length; i++) to[b + i * stride] = from[a + i * step]!;
  });
}

/** The elements of a walk as a tensor of its own. */
export function gatherStrided({ type, data }: Known, shape: readonly number[], walk: Walk): Known {
  const out = allocate(type, sizeOf(shape));
  copyStrided(shape, data, walk, out, { offset: 0, strides: stridesOf(shape) });
  return { type, shape, data: out };
}

/** The walk over a tensor that repeats it to a shape, as numpy broadcasts. */
export function broadcastWalk(from: readonly number[], to: readonly number[]): Walk {
  const missing = to.length - from.length;
  const strides = stridesOf(from);
  return {
    offset: 0,
    strides: to.map((_, axis) => ((from[axis - missing] ?? 1) === 1 ? 0 : strides[axis - missing]!)),
  };
}

/** Repeats a tensor to a shape; itself where it has that shape. */
export function broadcastTo(value: Known, shape: readonly number[]): Known {
  if (sizeOf(value.shape) === sizeOf(shape)) return { ...value, shape };
  return gatherStrided(value, shape, broadcastWalk(value.shape, shape));
}
