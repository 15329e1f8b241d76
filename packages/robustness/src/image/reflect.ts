/** Index inside [0, length) that mirrors `i` at the border without repeating the edge: dcb|abcd|cba (reflect 101). */
export function reflect101(i: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const inPeriod = ((i % period) + period) % period;
  return inPeriod < length ? inPeriod : period - inPeriod;
}
