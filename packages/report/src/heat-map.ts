import { type Html, html } from './html.ts';
import { drawMap, RAMP } from './picture.ts';

export interface HeatMapDrawing {
  /** Unique on the page. */
  readonly id: string;
  /** `[size, size]`, row by row. */
  readonly values: readonly number[];
  readonly size: number;
  /** Values of the ramp's two ends; others are clamped. */
  readonly range: readonly [low: number, high: number];
  /** Text at the low end, the middle and the high end of both axes. */
  readonly ticks: readonly [string, string, string];
  /** Name of both axes. */
  readonly axis: string;
  /** Text of a value beside the colour bar. */
  readonly format: (value: number) => string;
}

const [LEFT, TOP, SIDE, BAR, BOTTOM] = [46, 10, 300, 18, 52];

/** Positions along an axis for its three ticks: the middles of the first, the middle and the last cell. */
const tickPlaces = (size: number): readonly number[] =>
  [0, Math.floor(size / 2), size - 1].map((cell) => ((cell + 0.5) * SIDE) / size);

/** A square map in colours from dark to bright, with axes and a colour bar: an SVG that scales with the page. The first row is at the top. */
export async function drawHeatMap(map: HeatMapDrawing): Promise<Html> {
  const { id, values, size, range, ticks, axis, format } = map;
  const [low, high] = range;
  const spread = high > low ? high - low : 1;
  const picture = await drawMap(
    values.map((value) => (value - low) / spread),
    size,
    // Whole multiples stay sharp when a browser enlarges them.
    size * Math.max(1, Math.round(256 / size)),
  );
  const gradient = `ramp-${id}`;
  const [barLeft, bottom, width] = [LEFT + SIDE + 16, TOP + SIDE, LEFT + SIDE + 16 + BAR + 56];
  const stops = RAMP.map(
    (colour, i) => html`<stop offset="${i / (RAMP.length - 1)}" stop-color="rgb(${colour.join(',')})"/>`,
  );
  const places = tickPlaces(size);
  const text = (x: number, y: number, anchor: string, content: string) =>
    html`<text x="${x}" y="${y}" text-anchor="${anchor}">${content}</text>`;
  return html`<svg class="map" viewBox="0 0 ${width} ${bottom + BOTTOM}" xmlns="http://www.w3.org/2000/svg">
<defs><linearGradient id="${gradient}" x1="0" y1="1" x2="0" y2="0">${stops}</linearGradient></defs>
<image href="${picture}" x="${LEFT}" y="${TOP}" width="${SIDE}" height="${SIDE}" style="image-rendering:pixelated"/>
<rect x="${LEFT}" y="${TOP}" width="${SIDE}" height="${SIDE}" class="frame"/>
${ticks.map((tick, i) => text(LEFT + places[i]!, bottom + 17, 'middle', tick))}
${ticks.map((tick, i) => text(LEFT - 7, TOP + places[i]! + 4, 'end', tick))}
${text(LEFT + SIDE / 2, bottom + 40, 'middle', axis)}
<rect x="${barLeft}" y="${TOP}" width="${BAR}" height="${SIDE}" fill="url(#${gradient})"/>
<rect x="${barLeft}" y="${TOP}" width="${BAR}" height="${SIDE}" class="frame"/>
${text(barLeft + BAR + 7, TOP + 11, 'start', format(high))}
${text(barLeft + BAR + 7, TOP + SIDE / 2 + 4, 'start', format((low + high) / 2))}
${text(barLeft + BAR + 7, bottom, 'start', format(low))}
</svg>`;
}
