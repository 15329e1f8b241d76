import type { Pretrained } from '@mfm/models';

/** Names that a message lists before it counts the rest. */
const LISTED = 4;

function listed(what: string, names: readonly string[]): string {
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
  return names.length === 0 ? '' : `${what}: ${names.slice(0, LISTED).join(', ')}${more}\n`;
}

/** Says on standard error what of a model came from a checkpoint, and what did not. */
export function reportPretrained({ log, missing, unexpected }: Pretrained): void {
  const report = [
    ...log.map((line) => `${line}\n`),
    listed('not in the checkpoint, so begun anew', missing),
    listed('not in the model, so left out', unexpected),
  ];
  process.stderr.write(report.join(''));
}
