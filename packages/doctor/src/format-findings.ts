import type { Finding, Status } from './check/finding.ts';

const MARKS: Readonly<Record<Status, string>> = { ok: '✓', absent: '–', broken: '✗' };

/** The last line. */
export function verdict(findings: readonly Finding[]): string {
  const broken = findings.filter(({ status }) => status === 'broken').map(({ name }) => name);
  if (broken.length > 0) return `Not in order: ${broken.join(', ')}.`;
  const devices = findings
    .filter(({ name, status }) => name.startsWith('onnxruntime ') && status === 'ok')
    .map(({ name }) => name.replace('onnxruntime ', ''));
  return `Everything that is needed works. --device can be ${devices.join(', ')}.`;
}

/** One finding a line, its advice below it. */
export function formatFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.flatMap(({ name, status, detail, advice }) => [
    `${MARKS[status]} ${name.padEnd(width)}  ${detail}`,
    ...(advice ? [`  ${' '.repeat(width)}  → ${advice}`] : []),
  ]);
  return [...lines, '', verdict(findings)].join('\n');
}
