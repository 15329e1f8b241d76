import { type Html, html } from '@mfm/report';
import type { FilteredPictures, PictureRow } from '../pictures/make-pictures.ts';

const HEADINGS = [
  'original',
  'spectrum',
  'low-pass input',
  'spectrum',
  'restored',
  'high-pass input',
  'spectrum',
  'restored',
];

const cell = (source: string, text: string): Html => html`<td><img src="${source}" alt="${text}"></td>`;

const filteredCells = ({ input, inputSpectrum, restored }: FilteredPictures, what: string): Html[] => [
  cell(input, `${what} input`),
  cell(inputSpectrum, `spectrum of the ${what} input`),
  cell(restored, `restored from the ${what} input`),
];

/** One row of pictures per image. */
export function renderPictures(rows: readonly PictureRow[]): Html {
  return html`<table class="pictures"><thead><tr><th></th>${HEADINGS.map((heading) => html`<th>${heading}</th>`)}</tr></thead>
<tbody>${rows.map(
    ({ name, original, spectrum, lowPass, highPass }) => html`<tr><th class="row">${name}</th>
${cell(original, name)}${cell(spectrum, `spectrum of ${name}`)}
${filteredCells(lowPass, 'low-pass')}${filteredCells(highPass, 'high-pass')}</tr>
`,
  )}</tbody></table>`;
}
