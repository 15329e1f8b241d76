import type { Html } from './html.ts';
import { chartText, drawSvg, valueAxis } from './svg.ts';
import { COLORS, SERIES } from './theme.ts';

export interface LineSeries {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Dashed lines belong to the solid one before them (a bound, a percentile) and share its colour. */
  readonly dashed?: boolean;
  /** Not of a series: a thin grey line to compare with. */
  readonly reference?: boolean;
  /** Without marks, for many points. */
  readonly plain?: boolean;
}

export interface LineChart {
  readonly x: string;
  readonly y: string;
  /** Doublings and decades at equal distances. */
  readonly logarithmic?: boolean;
  /** The same for the horizontal axis alone. */
  readonly logarithmicX?: boolean;
  /** Ends of the vertical axis; without them it fits the values. */
  readonly yRange?: readonly [low: number, high: number];
  readonly series: readonly LineSeries[];
}

/** Marks of series, so that they can be told apart without their colours. */
const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond'] as const;

/** `1e-6` rather than `0.000001`. */
const axisNumber = (given: number): string => {
  // Powers of ten come out of a logarithm: 9.999999999999999e-5.
  const value = Number(given.toPrecision(12));
  return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential().replace('.0', '') : String(value);
};

/** Above this ratio of its ends a logarithmic axis has decades, below doublings. */
const DECADES_FROM = 1e4;

/** Series beyond the number of colours are dotted. */
const lineType = (color: number, dashed = false): string =>
  dashed ? 'dashed' : color < SERIES.length ? 'solid' : 'dotted';

/** Lines over an axis of numbers, with a legend. */
export function drawLines({ x, y, logarithmic = false, logarithmicX = logarithmic, yRange, series }: LineChart): Html {
  const type = logarithmic ? 'log' : 'value';
  let color = -1;
  const xs = [...new Set(series.flatMap(({ points }) => points.map(([at]) => at)))];
  const range = logarithmicX && xs.length > 1 ? { min: Math.min(...xs), max: Math.max(...xs) } : {};
  return drawSvg(320, {
    // At the left: there it is seen where the page is narrower than the chart.
    legend: { top: 0, left: 70, itemGap: 24, textStyle: chartText, data: series.map(({ name }) => name) },
    grid: { left: 80, right: 40, top: 40, bottom: 56 },
    xAxis: valueAxis(x, {
      type: logarithmicX ? 'log' : 'value',
      nameGap: 30,
      splitLine: { show: false },
      ...(logarithmicX && {
        logBase: Math.max(...xs) / Math.min(...xs) > DECADES_FROM ? 10 : 2,
        axisLabel: { ...chartText, formatter: axisNumber },
      }),
      ...range,
    }),
    yAxis: valueAxis(y, {
      type,
      nameGap: 54,
      axisLabel: { ...chartText, formatter: axisNumber },
      ...(yRange && { min: yRange[0], max: yRange[1] }),
    }),
    series: series.map(({ name, points, dashed, plain, reference }) => {
      if (!dashed && !reference) color++;
      const stroke = reference ? COLORS.muted : SERIES[Math.max(0, color) % SERIES.length]!;
      return {
        type: 'line',
        name,
        data: points,
        symbol: SYMBOLS[Math.max(0, color) % SYMBOLS.length],
        symbolSize: plain || reference ? 0 : dashed ? 4 : 7,
        itemStyle: { color: stroke },
        lineStyle: {
          color: stroke,
          width: dashed || reference ? 1.5 : 2.5,
          type: lineType(color, dashed || reference),
        },
      };
    }),
  });
}

export interface Bar {
  readonly name: string;
  readonly value: number;
}

/** Horizontal bars, the first at the top, with their values behind them. */
export function drawBars(bars: readonly Bar[], x: string): Html {
  const longest = Math.max(0, ...bars.map(({ name }) => name.length));
  return drawSvg(60 + 24 * bars.length, {
    grid: { left: 24 + 7.6 * longest, right: 70, top: 8, bottom: 46 },
    xAxis: valueAxis(x, { nameGap: 28 }),
    yAxis: {
      type: 'category',
      inverse: true,
      data: bars.map(({ name }) => name),
      axisLabel: { ...chartText, interval: 0 },
      axisTick: { show: false },
      axisLine: { lineStyle: { color: COLORS.axis } },
    },
    series: [
      {
        type: 'bar',
        data: bars.map(({ value }) => value),
        itemStyle: { color: COLORS.first, borderRadius: [0, 3, 3, 0] },
        barMaxWidth: 16,
        label: { show: true, position: 'right', ...chartText },
      },
    ],
  });
}
