import { createRequire } from 'node:module';
import type * as Echarts from 'echarts';
import { type Html, trusted } from './html.ts';
import { COLORS, followTheme } from './theme.ts';

/** Loaded at the first chart: half a second that commands without a report do not spend. */
const loadEcharts = (): typeof Echarts => createRequire(import.meta.url)('echarts') as typeof Echarts;

/** Named fonts: ECharts measures text by them, as there is no page to ask. */
export const chartText = { fontFamily: 'DejaVu Sans, Verdana, sans-serif', fontSize: 12, color: COLORS.ink };

/**
 * Draws with ECharts' server-side renderer: an SVG that scales with the page and needs no script.
 *
 * @param height, width in pixels of a page of full width
 * @param option as ECharts takes it; colours out of `COLORS` follow light and dark
 */
export function drawSvg(height: number, option: Record<string, unknown>, width = 920): Html {
  const chart = loadEcharts().init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({ animation: false, textStyle: chartText, ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return trusted(followTheme(svg.replace(/^<svg width="\d+" height="\d+"/, '<svg class="chart"')));
}

/** An axis of values with its name at its middle. */
export const valueAxis = (name: string, rest: Record<string, unknown> = {}) => ({
  type: 'value',
  name,
  nameLocation: 'middle',
  nameGap: 44,
  nameTextStyle: chartText,
  axisLabel: chartText,
  axisLine: { lineStyle: { color: COLORS.axis } },
  splitLine: { lineStyle: { color: COLORS.line } },
  ...rest,
});
