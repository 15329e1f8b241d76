import { drawSvg, type Html, html, COLORS as ROLES, chartText as text, valueAxis } from '@mfm/report';

/** Colours of the two encoders in every chart and table. */
export const COLORS = { pretrained: ROLES.first, random: ROLES.second } as const;
const INK = ROLES.ink;

/** An encoder's name with its colour. */
export const encoderLabel = (key: keyof typeof COLORS, name: string): Html =>
  html`<span class="dot" style="background:var(--${key === 'pretrained' ? 'first' : 'second'})"></span>${name}`;

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
      axisLine: { lineStyle: { color: ROLES.axis } },
    },
    yAxis: valueAxis('accuracy, %', { min: 0, max: Math.min(100, 10 * Math.ceil(10 * highest + 0.6)) }),
    series: [
      {
        ...bars('MFM pre-trained', 'pretrained'),
        markLine: {
          silent: true,
          symbol: 'none',
          data: [{ yAxis: 100 * chance }],
          lineStyle: { color: ROLES.muted, type: 'dashed' },
          label: { ...text, formatter: 'chance', position: 'end', color: ROLES.muted },
        },
      },
      bars('random', 'random'),
    ],
  });
}
