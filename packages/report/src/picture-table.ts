import { type Html, html } from './html.ts';

/** A picture of a table. */
export interface Picture {
  /** Data URI. */
  readonly source: string;
  /** What it shows, for readers who do not see it. */
  readonly text: string;
  /** Shown under it. */
  readonly caption?: string | undefined;
}

export interface PictureRow {
  readonly name: string;
  /** One for each column; undefined leaves it empty. */
  readonly pictures: readonly (Picture | undefined)[];
}

/**
 * Pictures with the names of their rows and columns.
 *
 * @param wide whether they keep their shape, instead of being small squares
 */
export const renderPictureTable = (columns: readonly string[], rows: readonly PictureRow[], wide = false): Html =>
  html`<table class="pictures${wide ? ' wide' : ''}"><thead><tr><td></td>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map(
    ({ name, pictures }) => html`<tr><th class="row" scope="row">${name}</th>${pictures.map((picture) =>
      picture
        ? html`<td><img src="${picture.source}" alt="${picture.text}">${
            picture.caption === undefined ? '' : html`<span>${picture.caption}</span>`
          }</td>`
        : html`<td></td>`,
    )}</tr>
`,
  )}</tbody></table>`;
