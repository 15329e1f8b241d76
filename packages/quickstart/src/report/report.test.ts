import { describe, expect, it } from '@jest/globals';
import { html, renderPage } from '@mfm/report';
import { drawAccuracyBars, drawLossCurve, smoothLosses } from './charts.ts';

describe('smoothLosses', () => {
  it('takes means over a window that is cut at the ends', () => {
    const points = [1, 2, 6, 3].map((loss, step) => ({ step, loss }));
    expect(smoothLosses(points, 1).map(({ loss }) => loss)).toEqual([1.5, 3, 11 / 3, 4.5]);
  });
});

describe('renderPage', () => {
  it('needs nothing outside the file', () => {
    const losses = Array.from({ length: 50 }, (_, step) => ({ step, loss: 1 / (1 + step) }));
    const charts = html`${drawLossCurve(losses)}${drawAccuracyBars([{ name: 'jpeg_compression', pretrained: 0.5, random: 0.2 }], 0.1)}`;
    const page = renderPage('T', 'lead', [{ value: '1', label: 'l' }], [{ title: 'S', content: charts }], 'end');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page.match(/<svg class="chart"/g)).toHaveLength(2);
    expect(page).not.toMatch(/<script|<link|@import|src="(?!data:)/);
    const addresses = [...page.matchAll(/https?:\/\/[^"' <)]+/g)].map(([address]) => address);
    expect(new Set(addresses)).toEqual(new Set(['http://www.w3.org/2000/svg', 'http://www.w3.org/1999/xlink']));
  });
});
