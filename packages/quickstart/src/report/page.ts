import { COLORS } from './charts.ts';
import { type Html, html, trusted } from './html.ts';

const STYLE = `
:root { color-scheme: light; font: 16px/1.55 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; color: #1e293b; background: #f1f5f9; }
body { margin: 0; }
main { max-width: 1000px; margin: 0 auto; padding: 32px 20px 56px; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 6px; }
h2 { font-size: 1.25rem; margin: 0 0 4px; }
p { margin: 4px 0 12px; max-width: 75ch; }
.lead, .note { color: #475569; }
.note { font-size: .9rem; }
section { background: #fff; border: 1px solid #e2e8f0; border-radius: 12px; padding: 22px 26px; margin-top: 20px; overflow-x: auto; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 14px; margin-top: 20px; }
.card { background: #fff; border: 1px solid #e2e8f0; border-radius: 12px; padding: 16px 18px; }
.card b { display: block; font-size: 1.7rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.card span { color: #64748b; font-size: .88rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { font-weight: 600; text-align: left; color: #475569; font-size: .88rem; }
th, td { padding: 7px 10px; border-bottom: 1px solid #e2e8f0; }
td.n, th.n { text-align: right; }
.pictures td { border: 0; padding: 4px; text-align: center; }
.pictures th { border: 0; padding: 4px; text-align: center; vertical-align: bottom; line-height: 1.25; font-size: .82rem; }
.pictures th.row { text-align: right; vertical-align: middle; padding-right: 10px; font-size: .88rem; white-space: nowrap; }
.pictures img { width: 96px; height: 96px; image-rendering: pixelated; border-radius: 6px; display: block; margin: auto; }
.pictures tr + tr.first > * { padding-top: 18px; }
.chart { width: 100%; height: auto; display: block; }
pre { background: #0f172a; color: #e2e8f0; border-radius: 8px; padding: 14px 16px; overflow-x: auto; font-size: .86rem; line-height: 1.7; margin: 8px 0 4px; }
.dot { display: inline-block; width: .7em; height: .7em; border-radius: 50%; margin-right: .45em; }
footer { color: #64748b; font-size: .85rem; margin-top: 20px; }
`;

/** A number of the summary at the top. */
export interface Card {
  readonly value: string;
  readonly label: string;
}

export interface Section {
  readonly title: string;
  /** A sentence or two before the content. */
  readonly text?: string;
  readonly content: Html;
  readonly note?: string;
}

/** The whole page: no script, no link to anything outside the file. */
export function renderPage(
  title: string,
  lead: string,
  cards: readonly Card[],
  sections: readonly Section[],
  footer: string,
): string {
  const body = html`<main>
<h1>${title}</h1>
<p class="lead">${lead}</p>
<div class="cards">${cards.map(({ value, label }) => html`<div class="card"><b>${value}</b><span>${label}</span></div>`)}</div>
${sections.map(
  (section) => html`<section><h2>${section.title}</h2>
${section.text ? html`<p class="lead">${section.text}</p>` : ''}${section.content}
${section.note ? html`<p class="note">${section.note}</p>` : ''}</section>
`,
)}
<footer>${footer}</footer>
</main>`;
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${trusted(STYLE)}</style></head>
<body>${body}</body>
</html>
`.html;
}

/** A table; columns after the first are right-aligned numbers. */
export function renderTable(head: readonly string[], rows: readonly (readonly (string | number | Html)[])[]): Html {
  const number = (column: number) => (column > 0 ? trusted(' class="n"') : '');
  return html`<table><thead><tr>${head.map((cell, i) => html`<th${number(i)}>${cell}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell, i) => html`<td${number(i)}>${cell}</td>`)}</tr>`)}</tbody></table>`;
}

/** An encoder's name with its colour. */
export const encoderLabel = (key: keyof typeof COLORS, name: string): Html =>
  html`<span class="dot" style="background:${COLORS[key]}"></span>${name}`;

/** A cell shaded by its fraction, so that a table reads as a map. */
export function shadedCell(fraction: number): Html {
  const alpha = Math.max(0, Math.min(1, fraction)) * 0.75;
  return html`<span style="display:block;margin:-7px -10px;padding:7px 10px;background:rgba(31,111,214,${alpha.toFixed(3)});color:${alpha > 0.5 ? '#fff' : '#1e293b'}">${(100 * fraction).toFixed(1)}</span>`;
}
