import {
  drawHeatMap,
  drawLines,
  type Html,
  html,
  renderFigure,
  renderSideBySide,
  renderTable,
  type Section,
} from '@mfm/report';
import type { HeatMap, ModelSummary, SuiteDocument } from '@mfm/robustness';
import { modelLabel, percent } from './summary-access.ts';

/** Mean error of a map by distance from its centre, rounded; rings that leave the map are not shown. */
function radialProfile({ errors, size }: HeatMap): number[] {
  const centre = Math.floor(size / 2);
  const rings = Math.floor((size - 1) / 2) + 1;
  const [sums, counts] = [new Float64Array(rings), new Float64Array(rings)];
  errors.forEach((error, i) => {
    const ring = Math.round(Math.hypot(Math.floor(i / size) - centre, (i % size) - centre));
    if (ring >= rings) return;
    sums[ring]! += error;
    counts[ring]!++;
  });
  return Array.from(sums, (sum, ring) => sum / counts[ring]!);
}

interface Mapped {
  readonly model: ModelSummary;
  readonly map: HeatMap;
}

function profileFigure(mapped: readonly Mapped[]): Html {
  const profiles = mapped.map(({ map }) => radialProfile(map));
  const rings = Math.max(...profiles.map(({ length }) => length));
  return renderFigure({
    drawing: drawLines({
      x: 'frequency of the perturbation, cycles per image',
      y: 'error, %',
      series: mapped.map(({ model }, i) => ({
        name: model.name,
        plain: rings > 40,
        points: profiles[i]!.map((error, ring) => [ring, 100 * error]),
      })),
    }),
    label: 'Error by frequency of the perturbation, mean over directions, a line for each model',
    caption: 'The maps’ means over all directions.',
    numbers: renderTable(
      ['cycles per image', ...mapped.map(({ model }) => model.name)],
      Array.from({ length: rings }, (_, ring) => [
        String(ring),
        ...profiles.map((profile) => (profile[ring] === undefined ? '–' : percent(profile[ring]))),
      ]),
    ),
  });
}

/** Fourier heat maps on one scale, side by side, and their radial means. */
export async function heatMapSections(document: SuiteDocument): Promise<Section[]> {
  const mapped = document.models.flatMap((model) => (model.heatMap ? [{ model, map: model.heatMap }] : []));
  if (mapped.length === 0) return [];
  const all = mapped.flatMap(({ map }) => [...map.errors]);
  const range = [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))] as const;
  const figures: Html[] = [];
  for (const [i, { model, map }] of mapped.entries()) {
    const { errors, size, cleanError, norm, images } = map;
    const centre = Math.floor(size / 2);
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    const drawing = await drawHeatMap({
      ...{ id: `heat-${i}`, values: errors, size, range },
      ticks: [String(-centre), '0', String(size - 1 - centre)],
      axis: 'cycles per image',
      format: (value) => `${percent(value)} %`,
    });
    figures.push(
      html`<h3>${modelLabel(document, model)}</h3>${renderFigure({
        drawing,
        label: `Fourier heat map of ${model.name}: error by frequency of the perturbation, ${size} × ${size} frequencies, mean error ${percent(mean)} %`,
        caption: `Error ${percent(cleanError)} % without perturbation; mean of the map ${percent(mean)} %. ${images} images, norm ${Number(norm.toPrecision(4))}.`,
      })}`,
    );
  }
  return [
    {
      title: 'Fourier heat maps',
      text:
        'Error when a wave of fixed norm is added to each image, by the wave’s frequency (Yin et al. 2019); mean frequency in the centre, one scale for all. ' +
        'Bright is sensitive.',
      content: html`${renderSideBySide(figures)}${profileFigure(mapped)}`,
      note: `With ${mapped[0]!.map.images} images a single frequency’s error has a standard error of at most ${percent(0.5 / Math.sqrt(mapped[0]!.map.images))} %.`,
    },
  ];
}
