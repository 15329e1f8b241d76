/** A smooth function to minimise: returns its value at `point` and writes its gradient there into `gradient`. */
export type Objective = (point: Float64Array, gradient: Float64Array) => Promise<number>;

export interface LbfgsOptions {
  /** Converged when no component of the gradient exceeds this. */
  readonly tolerance: number;
  readonly maxIterations: number;
  /** Pairs of steps and gradient changes that model the curvature. Default 10. */
  readonly history?: number;
  /** Applies a symmetric positive approximation of the inverse Hessian. Default: the identity. */
  readonly precondition?: (vector: Float64Array) => Float64Array;
}

export interface LbfgsResult {
  readonly point: Float64Array;
  readonly value: number;
  /** Largest absolute component of the gradient at `point`. */
  readonly gradientNorm: number;
  readonly iterations: number;
  readonly converged: boolean;
}

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly curvature: number;
}

const dot = (a: Float64Array, b: Float64Array) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};
const largest = (a: Float64Array) => a.reduce((best, value) => Math.max(best, Math.abs(value)), 0);

/** −H·gradient by the two-loop recursion (Nocedal and Wright, Algorithm 7.4), its H⁰ scaled by the newest pair. */
function descentDirection(
  gradient: Float64Array,
  pairs: readonly Pair[],
  precondition: (vector: Float64Array) => Float64Array,
): Float64Array {
  let direction: Float64Array = gradient.map((value) => -value);
  const weights = new Float64Array(pairs.length);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { step, change, curvature } = pairs[i]!;
    const weight = dot(step, direction) / curvature;
    weights[i] = weight;
    for (let j = 0; j < direction.length; j++) direction[j]! -= weight * change[j]!;
  }
  direction = precondition(direction);
  const newest = pairs.at(-1);
  if (newest) {
    const scale = newest.curvature / dot(newest.change, precondition(newest.change));
    for (let j = 0; j < direction.length; j++) direction[j]! *= scale;
  }
  for (let i = 0; i < pairs.length; i++) {
    const { step, change, curvature } = pairs[i]!;
    const weight = weights[i]! - dot(change, direction) / curvature;
    for (let j = 0; j < direction.length; j++) direction[j]! += weight * step[j]!;
  }
  return direction;
}

/**
 * Minimises a function by limited-memory BFGS with a bisecting weak-Wolfe line search (Lewis and Overton). Deterministic. Stops early, not
 * converged, when rounding in the objective leaves no step that lowers it: `gradientNorm` then tells how flat it is there.
 */
export async function minimizeLbfgs(
  objective: Objective,
  start: Float64Array,
  { tolerance, maxIterations, history = 10, precondition }: LbfgsOptions,
): Promise<LbfgsResult> {
  let point = Float64Array.from(start);
  let gradient = new Float64Array(point.length);
  let value = await objective(point, gradient);
  let pairs: Pair[] = [];
  let iterations = 0;
  while (largest(gradient) > tolerance && iterations < maxIterations) {
    const direction = descentDirection(gradient, pairs, precondition ?? ((vector) => vector));
    const slope = dot(gradient, direction);
    // Without curvature pairs the gradient's length says nothing about a good step: begin with a unit-length one.
    const firstStep = pairs.length === 0 && !precondition ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
    const next = await searchLine(objective, { point, value, slope, direction, firstStep });
    if (!next) {
      if (pairs.length === 0) break;
      pairs = [];
      continue;
    }
    iterations++;
    const step = next.point.map((x, i) => x - point[i]!);
    const change = next.gradient.map((g, i) => g - gradient[i]!);
    const curvature = dot(step, change);
    if (curvature > 1e-10 * dot(change, change)) pairs = [...pairs.slice(1 - history), { step, change, curvature }];
    ({ point, gradient, value } = next);
  }
  const gradientNorm = largest(gradient);
  return { point, value, gradientNorm, iterations, converged: gradientNorm <= tolerance };
}

interface Line {
  readonly point: Float64Array;
  readonly value: number;
  readonly slope: number;
  readonly direction: Float64Array;
  readonly firstStep: number;
}

const SUFFICIENT_DECREASE = 1e-4;
const CURVATURE = 0.9;
const MAX_TRIALS = 30;

async function searchLine(objective: Objective, { point, value, slope, direction, firstStep }: Line) {
  let [low, high, step] = [0, Number.POSITIVE_INFINITY, firstStep];
  // Products in float32 make the value uncertain in its last digits; below that, a smaller slope decides.
  const noise = 1e-7 * Math.max(1, Math.abs(value));
  for (let trial = 0; trial < MAX_TRIALS; trial++) {
    const nextPoint = point.map((x, i) => x + step * direction[i]!);
    const gradient = new Float64Array(point.length);
    const nextValue = await objective(nextPoint, gradient);
    const nextSlope = dot(gradient, direction);
    const isTooHigh = nextValue > value + SUFFICIENT_DECREASE * step * slope;
    const isFlat = Math.abs(nextValue - value) <= noise && Math.abs(nextSlope) <= CURVATURE * Math.abs(slope);
    if (!Number.isFinite(nextValue) || (isTooHigh && !isFlat)) high = step;
    else if (nextSlope < CURVATURE * slope) low = step;
    else return { point: nextPoint, gradient, value: nextValue };
    step = high === Number.POSITIVE_INFINITY ? 2 * low : (low + high) / 2;
  }
  return undefined;
}
