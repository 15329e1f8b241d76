/** A point of a curve. */
export interface CurvePoint {
  readonly step: number;
  readonly value: number;
}

/**
 * Exponential moving average that is not drawn towards zero at its beginning (Adam's bias correction).
 *
 * @param decay share of the past, in [0, 1)
 */
export function smoothed(points: readonly CurvePoint[], decay: number): CurvePoint[] {
  let [average, weight] = [0, 0];
  return points.map(({ step, value }) => {
    average = decay * average + (1 - decay) * value;
    weight = decay * weight + (1 - decay);
    return { step, value: average / weight };
  });
}

/** An axis: marks at round numbers from zero to beyond the largest value. */
export interface Axis {
  readonly end: number;
  readonly ticks: readonly number[];
}

/** Round numbers for an axis of about `count` marks. */
export function axisTo(largest: number, count: number): Axis {
  if (!(largest > 0)) return { end: 1, ticks: [0, 1] };
  const rough = largest / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const tick = [1, 2, 5, 10].map((factor) => factor * power).find((width) => width >= rough * (1 - 1e-9))!;
  const marks = Math.ceil(largest / tick - 1e-9);
  return { end: marks * tick, ticks: Array.from({ length: marks + 1 }, (_, i) => Number((i * tick).toPrecision(6))) };
}

/** Points as the `d` of an SVG path, in a box of the given size whose origin is above left. */
export function curvePath(
  points: readonly CurvePoint[],
  { width, height, steps, top }: { width: number; height: number; steps: number; top: number },
): string {
  return points
    .map(({ step, value }, i) => {
      const [x, y] = [(width * step) / steps, height * (1 - Math.min(1, value / top))];
      return `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join('');
}
