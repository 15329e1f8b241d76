import { init } from 'echarts';
import { type Html, trusted } from './html.ts';

/** Colours of the two encoders in every chart and table: distinguishable in grey and to colour-blind readers. */
export const COLORS = { pretrained: '#1f6fd6', random: '#b0883b' } as const;
const INK = '#334155';
const GRID = '#e2e8f0';

/** Named fonts: ECharts measures text by them, as there is no page to ask. */
const text = { fontFamily: 'DejaVu Sans, Verdana, sans-serif', fontSize: 12, color: INK };

/** Draws with ECharts' server-side renderer: an SVG that scales with the page and needs no script. */
function drawSvg(height: number, option: Record<string, unknown>, width = 920): Html {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({ animation: false, textStyle: text, ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return trusted(svg.replace(/^<svg width="\d+" height="\d+"/, '<svg class="chart"'));
}

const valueAxis = (name: string, rest: Record<string, unknown> = {}) => ({
  type: 'value',
  name,
  nameLocation: 'middle',
  nameGap: 44,
  nameTextStyle: text,
  axisLabel: text,
  axisLine: { lineStyle: { color: '#94a3b8' } },
  splitLine: { lineStyle: { color: GRID } },
  ...rest,
});

export interface LossPoint {
  readonly step: number;
  readonly loss: number;
}

/** Means over windows of consecutive points: what is left when the noise of single batches is taken out. */
export function smoothLosses(points: readonly LossPoint[], window: number): LossPoint[] {
  return points.map(({ step }, i) => {
    const near = points.slice(Math.max(0, i - window), i + window + 1);
    return { step, loss: near.reduce((sum, point) => sum + point.loss, 0) / near.length };
  });
}

/** Training loss by step: every batch faint, their moving mean strong. */
export function drawLossCurve(points: readonly LossPoint[]): Html {
  const pairs = (list: readonly LossPoint[]) => list.map(({ step, loss }) => [step, loss]);
  const smooth = smoothLosses(points, Math.max(1, Math.round(points.length / 30)));
  const last = smooth.at(-1);
  return drawSvg(320, {
    grid: { left: 70, right: 70, top: 16, bottom: 56 },
    xAxis: valueAxis('step', {
      nameGap: 30,
      splitLine: { show: false },
      max: 'dataMax',
      axisLabel: { ...text, showMaxLabel: false },
    }),
    yAxis: valueAxis('frequency loss', { scale: true }),
    series: [
      {
        type: 'line',
        data: pairs(points),
        symbol: 'none',
        lineStyle: { color: COLORS.pretrained, width: 1, opacity: 0.28 },
      },
      {
        type: 'line',
        data: pairs(smooth),
        symbol: 'none',
        lineStyle: { color: COLORS.pretrained, width: 2.5 },
        endLabel: {
          show: true,
          formatter: last ? last.loss.toFixed(3) : '',
          color: COLORS.pretrained,
          fontWeight: 600,
        },
      },
    ],
  });
}

export interface BarGroup {
  readonly name: string;
  /** Fractions, one per encoder. */
  readonly pretrained: number;
  readonly random: number;
}

/** Accuracy by corruption, a pair of bars for the two encoders. */
export function drawAccuracyBars(groups: readonly BarGroup[], chance: number): Html {
  const label = {
    show: true,
    position: 'top',
    fontSize: 11,
    color: INK,
    formatter: ({ value }: { value: number }) => value.toFixed(0),
  };
  const highest = Math.max(...groups.flatMap(({ pretrained, random }) => [pretrained, random]));
  const bars = (name: string, key: 'pretrained' | 'random') => ({
    type: 'bar',
    name,
    data: groups.map((group) => 100 * group[key]),
    itemStyle: { color: COLORS[key], borderRadius: [3, 3, 0, 0] },
    barMaxWidth: 26,
    barGap: '12%',
    label,
  });
  return drawSvg(340, {
    legend: {
      top: 0,
      right: 50,
      itemWidth: 14,
      itemHeight: 10,
      itemGap: 28,
      textStyle: text,
      data: ['MFM pre-trained', 'random'],
    },
    grid: { left: 70, right: 64, top: 40, bottom: 60 },
    xAxis: {
      type: 'category',
      data: groups.map(({ name }) => name.replaceAll('_', '\n')),
      axisLabel: { ...text, interval: 0, fontSize: 12 },
      axisTick: { show: false },
      axisLine: { lineStyle: { color: '#94a3b8' } },
    },
    yAxis: valueAxis('accuracy, %', { min: 0, max: Math.min(100, 10 * Math.ceil(10 * highest + 0.6)) }),
    series: [
      {
        ...bars('MFM pre-trained', 'pretrained'),
        markLine: {
          silent: true,
          symbol: 'none',
          data: [{ yAxis: 100 * chance }],
          lineStyle: { color: '#64748b', type: 'dashed' },
          label: { ...text, formatter: 'chance', position: 'end', color: '#64748b' },
        },
      },
      bars('random', 'random'),
    ],
  });
}
