/** Names as they are, with `_1`, `_2` … behind those that stand there already. */
export function uniqueNames(names: readonly string[], taken: Iterable<string> = []): string[] {
  const seen = new Set(taken);
  return names.map((name) => {
    let unique = name;
    for (let count = 1; seen.has(unique); count++) unique = `${name}_${count}`;
    seen.add(unique);
    return unique;
  });
}
