import { type Html, html } from './html.ts';

/** A drawing, and what stands behind it for readers who do not see it. */
export interface Figure {
  /** An SVG, or pictures. */
  readonly drawing: Html;
  /** What it shows, a sentence: read out instead of the drawing. */
  readonly label: string;
  /** Shown under it. */
  readonly caption?: string;
  /** Its numbers, folded. */
  readonly numbers?: Html;
}

/** A drawing that reads as one image with its label; the numbers behind it unfold. Wide drawings scroll by themselves, by keyboard too. */
export const renderFigure = ({ drawing, label, caption, numbers }: Figure): Html =>
  html`<figure>${renderScroll(label, html`<div role="img" aria-label="${label}">${drawing}</div>`)}${
    caption ? html`<figcaption>${caption}</figcaption>` : ''
  }${
    numbers ? html`<details><summary>Numbers</summary>${renderScroll(`Numbers: ${label}`, numbers)}</details>` : ''
  }</figure>`;

/** Content that may be wider than the page, in a frame of its own that scrolls. */
export const renderScroll = (label: string, content: Html): Html =>
  html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">${content}</div>`;

/** Content side by side where there is room. */
export const renderSideBySide = (parts: readonly Html[]): Html =>
  html`<div class="side">${parts.map((part) => html`<div>${part}</div>`)}</div>`;
