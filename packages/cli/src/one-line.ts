/**
 * A text of unknown origin (a name in a damaged file) for a message or a terminal: control characters, which could break lines or colour the
 * screen, are replaced, and what is too long is cut.
 */
export function oneLine(text: string, longest = 300): string {
  const line = text.replace(/[\p{Cc}\u2028\u2029]/gu, '\u{fffd}');
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
