import { type Html, html, trusted } from './html.ts';
import { THEME_CSS } from './theme.ts';

const STYLE = `
${THEME_CSS}
html { font: 16px/1.55 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; color: var(--text); background: var(--page); }
body { margin: 0; }
main { max-width: 1000px; margin: 0 auto; padding: 32px 20px 56px; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 6px; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 0 0 4px; }
p { margin: 4px 0 12px; max-width: 75ch; }
.lead, .note { color: var(--ink); }
.note { font-size: .9rem; }
section { background: var(--panel); border: 1px solid var(--line); border-radius: 12px; padding: 22px 26px; margin-top: 20px; overflow-x: auto; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 14px; margin-top: 20px; }
.card { background: var(--panel); border: 1px solid var(--line); border-radius: 12px; padding: 16px 18px; }
.card b { display: block; font-size: 1.7rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.card span { color: var(--muted); font-size: .88rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { font-weight: 600; text-align: left; color: var(--ink); font-size: .88rem; }
th, td { padding: 7px 10px; border-bottom: 1px solid var(--line); }
td.n, th.n { text-align: right; white-space: nowrap; }
table + table, .chart + table { margin-top: 14px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 6px 20px; margin: 8px 0; }
dt { color: var(--ink); font-size: .88rem; font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.bad { color: var(--bad); font-weight: 600; }
.pictures td { border: 0; padding: 4px; text-align: center; }
.pictures th { border: 0; padding: 4px; text-align: center; vertical-align: bottom; line-height: 1.25; font-size: .82rem; }
.pictures th.row { text-align: right; vertical-align: middle; padding-right: 10px; font-size: .88rem; white-space: nowrap; }
.pictures img { width: 96px; height: 96px; image-rendering: pixelated; border-radius: 6px; display: block; margin: auto; }
.pictures.wide img { width: 212px; height: auto; }
.pictures.wide th.row { white-space: normal; min-width: 64px; max-width: 130px; overflow-wrap: break-word; }
.pictures tr + tr.first > * { padding-top: 18px; }
.pictures td span { display: block; font-size: .78rem; color: var(--ink); max-width: 110px; margin: 3px auto 0; overflow-wrap: anywhere; }
figure { margin: 14px 0 18px; }
figcaption { color: var(--ink); font-size: .9rem; margin-top: 4px; max-width: 75ch; }
details { margin-top: 6px; }
summary { cursor: pointer; color: var(--ink); font-size: .88rem; padding: 4px 0; width: fit-content; }
.scroll { overflow-x: auto; }
.scroll td:first-child, .scroll th:first-child { white-space: nowrap; }
td small { display: block; color: var(--ink); font-size: .78rem; }
nav { margin-top: 18px; font-size: .92rem; display: flex; flex-wrap: wrap; gap: 4px 18px; }
nav a { color: var(--text); }
.name { white-space: nowrap; }
.scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--first); outline-offset: 3px; border-radius: 4px; }
.side { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: 8px 24px; }
.side > div { min-width: 0; }
h3 { font-size: 1.02rem; margin: 20px 0 4px; overflow-wrap: anywhere; }
.map { width: 100%; max-width: 440px; height: auto; display: block; }
.map text { font: 12px "DejaVu Sans", Verdana, sans-serif; fill: var(--ink); }
.map .frame { fill: none; stroke: var(--axis); }
@media (max-width: 600px) { main { padding: 20px 12px 40px; } section { padding: 16px 14px; } dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 8px; } }
.chart { width: 100%; min-width: 560px; height: auto; display: block; }
pre { background: #0f172a; color: #e2e8f0; border-radius: 8px; padding: 14px 16px; overflow-x: auto; font-size: .86rem; line-height: 1.7; margin: 8px 0 4px; }
.dot { display: inline-block; width: .7em; height: .7em; border-radius: 50%; margin-right: .45em; }
footer { color: var(--muted); font-size: .85rem; margin-top: 20px; }
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

/**
 * The whole page: no script, no link to anything outside the file.
 *
 * @param contents whether links to the sections stand at the top
 */
export function renderPage(
  title: string,
  lead: string,
  cards: readonly Card[],
  sections: readonly Section[],
  footer: string,
  { contents = false }: { readonly contents?: boolean } = {},
): string {
  const body = html`<main>
<h1>${title}</h1>
<p class="lead">${lead}</p>
${contents ? html`<nav aria-label="Contents">${sections.map(({ title: name }, i) => html`<a href="#section-${i + 1}">${name}</a>`)}</nav>` : ''}
<div class="cards">${cards.map(({ value, label }) => html`<div class="card"><b>${value}</b><span>${label}</span></div>`)}</div>
${sections.map(
  (section, i) => html`<section id="section-${i + 1}"><h2>${section.title}</h2>
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
  return html`<table><thead><tr>${head.map((cell, i) => html`<th scope="col"${number(i)}>${cell}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell, i) => html`<td${number(i)}>${cell}</td>`)}</tr>`)}</tbody></table>`;
}

/** Names and what they stand for, a line each. */
export const renderFacts = (facts: readonly (readonly [name: string, value: string | number | Html])[]): Html =>
  html`<dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;

/** A cell shaded by its fraction, so that a table reads as a map; its text keeps a contrast of 4.5 in light and dark. */
export function shadedCell(fraction: number): Html {
  const alpha = Math.max(0, Math.min(1, fraction)) * 0.75;
  return html`<span style="display:block;margin:-7px -10px;padding:7px 10px;background:rgba(31,111,214,${alpha.toFixed(3)});color:var(--text)">${(100 * fraction).toFixed(1)}</span>`;
}
