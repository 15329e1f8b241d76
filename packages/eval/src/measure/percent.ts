import type { Interval } from '@mfm/robustness';

/** A fraction in per cent, two decimals. */
export const percent = (fraction: number): string => (100 * fraction).toFixed(2);

/** An interval in per cent: `50.25–52.21`. */
export const percentInterval = ([low, high]: Interval): string => `${percent(low)}–${percent(high)}`;
