import { drawLines, html, renderFigure, renderTable, type Section } from '@mfm/report';
import type { RingError, SuiteDocument } from '@mfm/robustness';
import { octavesOf, ringsName } from './octave-shares.ts';

/** Mean over the rings of an octave, all alike; rings in which the images have nothing are left out. */
function octaveMean(rings: readonly RingError[], [first, last]: readonly [number, number]): string {
  const own = rings.slice(first, last + 1).filter(({ relative }) => Number.isFinite(relative));
  return own.length === 0 ? '–' : (own.reduce((sum, { relative }) => sum + relative, 0) / own.length).toFixed(3);
}

/** Error of reconstruction models by ring of the spectrum. */
export function ringErrorSections({ ringErrors = [] }: SuiteDocument): Section[] {
  if (ringErrors.length === 0) return [];
  return [
    {
      title: 'What is restored of each frequency',
      text: 'Error energy of the reconstruction relative to the image’s, by ring of the spectrum: 0 is perfect, 1 as good as leaving the ring out.',
      content: html`${ringErrors.map(({ path, radius, images, rings }) => {
        const passes = Object.entries(rings);
        return html`<h3>${path}</h3>${renderFigure({
          drawing: drawLines({
            x: 'distance from the mean, cycles per image',
            y: 'relative error',
            series: passes.flatMap(([pass, own]) => [
              {
                name: `${pass} input`,
                plain: true,
                points: own.map(({ ring, relative }) => [ring, relative] as const),
              },
              {
                ...{ name: `${pass}, input itself`, dashed: true, plain: true },
                points: own.map(({ ring, inputRelative }) => [ring, inputRelative] as const),
              },
            ]),
          }),
          label: `Relative error of ${path} by ring of the spectrum, for each input, and of the input itself`,
          caption: `${images} images, masks of radius ${Number(radius.toPrecision(3))}. Dashed: the error of the input itself; clamping to [0, 1] moves it off 0 and 1.`,
          numbers: renderTable(
            ['rings', ...passes.map(([pass]) => `${pass} input`)],
            octavesOf(passes[0]![1].length).map((octave) => [
              ringsName(octave),
              ...passes.map(([, own]) => octaveMean(own, octave)),
            ]),
          ),
        })}`;
      })}`,
    },
  ];
}
