/**
 * numpy's `arange(start, stop, step)` for floats. The step is that between the first two elements as rounded, and the
 * length is rounded up, so that some lists are one longer than arithmetic would have them: [1, 1.01, …, 1.11) has 12.
 */
export function arange(start: number, stop: number, step: number): number[] {
  const delta = start + step - start;
  return Array.from({ length: Math.ceil((stop - start) / step) }, (_, i) => start + i * delta);
}
