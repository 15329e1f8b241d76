/**
 * Maps a stream with several calls under way, and yields the results in order: while the caller works on one, the next are made.
 *
 * @param depth calls under way at once, besides the one whose result is with the caller
 */
export async function* mapAhead<T, R>(
  source: AsyncIterable<T> | Iterable<T>,
  depth: number,
  map: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const running: Promise<R>[] = [];
  for await (const item of source) {
    const result = map(item);
    // Its turn may come after an earlier one has failed; that failure is what is reported.
    result.catch(() => {});
    running.push(result);
    if (running.length > depth) yield await running.shift()!;
  }
  while (running.length > 0) yield await running.shift()!;
}
