import { describe, expect, it } from '@jest/globals';
import { drawBars, drawLines } from './charts.ts';
import { html, trusted } from './html.ts';
import { renderFacts, renderPage, renderTable } from './page.ts';
import { COLORS } from './theme.ts';

describe('html', () => {
  it('escapes what is put in, but not what it made itself', () => {
    const inner = html`<b>${'<script>&"'}</b>`;
    expect(html`<p title="${'"x"'}">${[inner, 1]}${trusted('<i>')}</p>`.html).toBe(
      '<p title="&quot;x&quot;"><b>&lt;script&gt;&amp;&quot;</b>1<i></p>',
    );
  });
});

describe('renderPage', () => {
  const lines = drawLines({
    x: 'batch',
    y: 'ms',
    logarithmic: true,
    series: [
      {
        name: 'cpu',
        points: [
          [1, 5],
          [8, 30],
        ],
      },
    ],
  });
  const bars = drawBars([{ name: 'Gemm', value: 9 }], 'nodes');

  it('needs nothing outside the file', () => {
    const page = renderPage(
      'T',
      'lead',
      [{ value: '1', label: 'l' }],
      [{ title: 'S', content: html`${lines}${bars}` }],
      'end',
    );
    expect(page).toMatch(/^<!doctype html>/);
    expect(page.match(/<svg class="chart"/g)).toHaveLength(2);
    expect(page).not.toMatch(/<script|<link|@import|src="(?!data:)/);
    const addresses = [...page.matchAll(/https?:\/\/[^"' <)]+/g)].map(([address]) => address);
    expect(new Set(addresses)).toEqual(new Set(['http://www.w3.org/2000/svg', 'http://www.w3.org/1999/xlink']));
  });

  it('draws in colours that follow light and dark', () => {
    expect(lines.html).toContain('var(--first)');
    expect(lines.html).not.toContain(COLORS.ink);
    expect(bars.html).toContain('>Gemm<');
  });
});

describe('renderTable and renderFacts', () => {
  it('aligns all columns but the first as numbers', () => {
    expect(renderTable(['a', 'b'], [['x', 1]]).html).toContain('<td>x</td><td class="n">1</td>');
  });

  it('escapes facts', () => {
    expect(renderFacts([['a', '<b>']]).html).toBe('<dl><dt>a</dt><dd>&lt;b&gt;</dd></dl>');
  });
});
