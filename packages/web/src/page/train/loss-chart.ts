import { axisTo, type CurvePoint, curvePath, smoothed } from '../../train/loss-curve.ts';
import { requireElement } from '../require-element.ts';

/** Size of the drawing in its own units; the style sheet scales it. */
const WIDTH = 640;
const HEIGHT = 220;
const MARGIN = { left: 46, top: 10, bottom: 26, right: 10 };
const SVG = 'http://www.w3.org/2000/svg';

/** How strongly the bold line is smoothed. */
const DECAY = 0.9;
/** Room above the mean, for the batches around it. */
const HEADROOM = 1.2;

type Attributes = Readonly<Record<string, string | number>>;

function svgElement(name: string, attributes: Attributes, text = ''): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.textContent = text;
  return element;
}

/** What is drawn. */
export interface LossCurves {
  readonly steps: number;
  readonly training: readonly CurvePoint[];
  readonly heldOut: readonly CurvePoint[];
}

/** Draws the curves, with axes that fit them. */
export function drawLossChart({ steps, training, heldOut }: LossCurves): void {
  const svg = requireElement('loss-chart', SVGSVGElement);
  const [width, height] = [WIDTH - MARGIN.left - MARGIN.right, HEIGHT - MARGIN.top - MARGIN.bottom];
  // Single batches that happen to be all high-pass stand out far: the axis fits the mean.
  const mean = smoothed(training, DECAY);
  const values = [...mean, ...heldOut].map(({ value }) => HEADROOM * value);
  const [vertical, horizontal] = [
    axisTo(
      values.reduce((a, b) => Math.max(a, b), 0),
      4,
    ),
    axisTo(steps, 6),
  ];
  const box = { width, height, steps: horizontal.end, top: vertical.end };
  const plot = svgElement('g', { transform: `translate(${MARGIN.left} ${MARGIN.top})` });
  for (const tick of vertical.ticks) {
    const y = height * (1 - tick / vertical.end);
    plot.append(svgElement('line', { x1: 0, x2: width, y1: y, y2: y, class: 'grid' }));
    plot.append(svgElement('text', { x: -8, y: y + 4, class: 'tick left' }, String(tick)));
  }
  for (const tick of horizontal.ticks) {
    plot.append(
      svgElement('text', { x: (width * tick) / horizontal.end, y: height + 18, class: 'tick' }, String(tick)),
    );
  }
  plot.append(
    svgElement('path', { d: curvePath(training, box), class: 'curve each' }),
    svgElement('path', { d: curvePath(mean, box), class: 'curve mean' }),
    svgElement('path', { d: curvePath(heldOut, box), class: 'curve held-out' }),
  );
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute('aria-label', describe(training, heldOut));
  svg.replaceChildren(plot);
}

/** The curves in a sentence. */
function describe(training: readonly CurvePoint[], heldOut: readonly CurvePoint[]): string {
  const ends = (points: readonly CurvePoint[]) => [points[0]?.value, points.at(-1)?.value].map((v) => v?.toFixed(3));
  if (training.length === 0) return 'Loss curve, empty until training begins';
  const [[from, to], [heldFrom, heldTo]] = [ends(smoothed(training, DECAY)), ends(heldOut)];
  return `Loss curve: training from ${from} to ${to}, held-out picture from ${heldFrom} to ${heldTo}, after ${training.length} steps`;
}
