/** tan 22.5° in 1/2¹⁵. */
const TAN_22 = Math.trunc(Math.SQRT2 * 2 ** 15 - 2 ** 15 + 0.5);

/** Marks of a pixel: nothing, an edge if it touches one, an edge. */
const WEAK = 1;
const EDGE = 2;

/** Sobel derivatives, border pixels repeated, and |dx| + |dy| with a margin of 0 one pixel wide. */
function gradients(plane: Uint8Array, width: number, height: number) {
  const dx = new Int32Array(plane.length);
  const dy = new Int32Array(plane.length);
  const stride = width + 2;
  const magnitude = new Int32Array(stride * (height + 2));
  for (let y = 0; y < height; y++) {
    const above = Math.max(y - 1, 0) * width;
    const here = y * width;
    const below = Math.min(y + 1, height - 1) * width;
    for (let x = 0; x < width; x++) {
      const l = Math.max(x - 1, 0);
      const r = Math.min(x + 1, width - 1);
      const [a, c, g, i] = [plane[above + l]!, plane[above + r]!, plane[below + l]!, plane[below + r]!];
      const gx = c - a + 2 * (plane[here + r]! - plane[here + l]!) + i - g;
      const gy = g - a + 2 * (plane[below + x]! - plane[above + x]!) + i - c;
      dx[here + x] = gx;
      dy[here + x] = gy;
      magnitude[(y + 1) * stride + x + 1] = Math.abs(gx) + Math.abs(gy);
    }
  }
  return { dx, dy, magnitude, stride };
}

/**
 * Edges by Canny's method as OpenCV has it: 3×3 Sobel, |dx| + |dy|, directions told apart in integers.
 *
 * @param plane uint8 `[height, width]`
 * @param low below this, nothing is an edge
 * @param high above this, everything that is largest across its edge is one
 * @returns 1 on edges, 0 elsewhere, `[height, width]`
 */
export function canny(plane: Uint8Array, width: number, height: number, low: number, high: number): Uint8Array {
  const { dx, dy, magnitude, stride } = gradients(plane, width, height);
  const marks = new Uint8Array(magnitude.length);
  const stack: number[] = [];
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      const at = (y + 1) * stride + x + 1;
      const m = magnitude[at]!;
      if (m <= low) continue;
      const across = Math.abs(dx[p]!) * TAN_22;
      const down = Math.abs(dy[p]!) * 2 ** 15;
      let isLargest: boolean;
      if (down < across) isLargest = m > magnitude[at - 1]! && m >= magnitude[at + 1]!;
      else if (down > across + Math.abs(dx[p]!) * 2 ** 16) {
        isLargest = m > magnitude[at - stride]! && m >= magnitude[at + stride]!;
      } else {
        const s = (dx[p]! ^ dy[p]!) < 0 ? -1 : 1;
        isLargest = m > magnitude[at - stride - s]! && m > magnitude[at + stride + s]!;
      }
      if (!isLargest) continue;
      marks[at] = m > high ? EDGE : WEAK;
      if (m > high) stack.push(at);
    }
  }
  follow(marks, stack, stride);
  const edges = new Uint8Array(plane.length);
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) edges[p] = marks[(y + 1) * stride + x + 1] === EDGE ? 1 : 0;
  }
  return edges;
}

/** Turns the weak marks that touch an edge, directly or through others, into edges. */
function follow(marks: Uint8Array, stack: number[], stride: number): void {
  const neighbours = [-stride - 1, -stride, -stride + 1, -1, 1, stride - 1, stride, stride + 1];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (const step of neighbours) {
      if (marks[at + step] !== WEAK) continue;
      marks[at + step] = EDGE;
      stack.push(at + step);
    }
  }
}
