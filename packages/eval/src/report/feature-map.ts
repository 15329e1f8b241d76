import { type Html, html } from '@mfm/report';

/** An image on the map. */
export interface MapPoint {
  readonly x: number;
  readonly y: number;
  readonly label: number;
  /** Its number in the data set. */
  readonly index: number;
}

const [WIDTH, HEIGHT, MARGIN] = [900, 640, 24];
/** Side of a thumbnail, and of the cells of which each shows one. */
const THUMBNAIL = 34;

/** Colours evenly around the circle, neighbours in number far apart in hue. */
export function classColour(label: number, classes: number): string {
  const hue = Math.round((360 * label) / classes);
  return `hsl(${hue}, ${label % 2 === 0 ? 70 : 60}%, ${label % 2 === 0 ? 45 : 58}%)`;
}

/** Coordinates on the page, the map filling it. */
export function placePoints(points: readonly MapPoint[]): (MapPoint & { readonly px: number; readonly py: number })[] {
  const range = (values: readonly number[]) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return [low, high > low ? high - low : 1] as const;
  };
  const [left, width] = range(points.map(({ x }) => x));
  const [top, height] = range(points.map(({ y }) => y));
  return points.map((point) => ({
    ...point,
    px: MARGIN + ((point.x - left) / width) * (WIDTH - 2 * MARGIN),
    py: MARGIN + ((point.y - top) / height) * (HEIGHT - 2 * MARGIN),
  }));
}

/** Points whose pictures are shown: one of each cell that has any, the one nearest to its middle, so that pictures do not cover each other. */
export function choosePictures(points: readonly MapPoint[]): number[] {
  const best = new Map<string, { place: number; distance: number }>();
  for (const [place, { px, py }] of placePoints(points).entries()) {
    const [column, row] = [Math.floor(px / THUMBNAIL), Math.floor(py / THUMBNAIL)];
    const distance = Math.hypot(px - (column + 0.5) * THUMBNAIL, py - (row + 0.5) * THUMBNAIL);
    const key = `${column},${row}`;
    if (distance < (best.get(key)?.distance ?? Number.POSITIVE_INFINITY)) best.set(key, { place, distance });
  }
  return [...best.values()].map(({ place }) => place).sort((a, b) => a - b);
}

const drawing = (content: readonly Html[]): Html =>
  html`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" xmlns="http://www.w3.org/2000/svg">${content}</svg>`;

/** Draws the map with a dot in its class's colour for each image. */
export function drawDots(points: readonly MapPoint[], classes: readonly string[]): Html {
  const colour = (label: number) => classColour(label, classes.length);
  const dots = placePoints(points).map(
    ({ px, py, label }) =>
      html`<circle cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="4" fill-opacity="0.75" fill="${colour(label)}"><title>${classes[label]!}</title></circle>`,
  );
  return drawing(dots);
}

/**
 * Draws the map with thumbnails, framed in their classes' colours.
 *
 * @param pictures data URIs by the places of their points
 */
export function drawThumbnails(
  points: readonly MapPoint[],
  classes: readonly string[],
  pictures: ReadonlyMap<number, string>,
): Html {
  const placed = placePoints(points);
  const colour = (label: number) => classColour(label, classes.length);
  const size = THUMBNAIL - 6;
  const images = [...pictures].map(([place, source]) => {
    const { px, py, label } = placed[place]!;
    // In the middle of its cell.
    const [x, y] = [px, py].map((at) => (Math.floor(at / THUMBNAIL) + 0.5) * THUMBNAIL - size / 2) as [number, number];
    return html`<g><title>${classes[label]!}</title><image href="${source}" x="${x}" y="${y}" width="${size}" height="${size}"/><rect x="${x}" y="${y}" width="${size}" height="${size}" fill="none" stroke="${colour(label)}" stroke-width="2.5"/></g>`;
  });
  return drawing(images);
}

/** Which colour is which class. */
export const classLegend = (classes: readonly string[]): Html =>
  html`<p>${classes.map(
    (name, label) =>
      html`<span class="name" style="margin-right:1.2em"><span class="dot" style="background:${classColour(label, classes.length)}"></span>${name}</span> `,
  )}</p>`;
