import { writeFileAtomic } from '@mfm/cli';
import { drawLossCurve } from '@mfm/quickstart';
import { readMetrics } from '@mfm/train';

/** Points of a drawn curve: a 100,000-step run must not become a 100,000-point picture. */
const MOST_POINTS = 1500;

/** An inline SVG as a file of its own: a white ground, since pages may be dark, and a title for those who cannot see it. */
const standalone = (svg: string) =>
  svg.replace(/^<svg ([^>]*)>/, '<svg style="background:#fff" $1><title>Training loss by step</title>');

/** Mean loss of an epoch. */
export interface EpochLoss {
  readonly epoch: number;
  readonly loss: number;
}

/**
 * Draws a run's training loss as an SVG file, and gives its mean by epoch.
 *
 * @param run a run directory
 * @param out file to write
 */
export async function lossCurve(run: string, out: string): Promise<EpochLoss[]> {
  const lines = await readMetrics(run);
  const stride = Math.max(1, Math.ceil(lines.length / MOST_POINTS));
  const points = Array.from({ length: Math.ceil(lines.length / stride) }, (_, i) => {
    const window = lines.slice(i * stride, (i + 1) * stride);
    return { step: window[0]!.step, loss: window.reduce((sum, { loss }) => sum + loss, 0) / window.length };
  });
  await writeFileAtomic(out, standalone(drawLossCurve(points).html));
  const epochs = Math.ceil(lines.at(-1)?.epoch ?? 0);
  return Array.from({ length: epochs }, (_, index) => {
    const own = lines.filter(({ epoch }) => Math.ceil(epoch) === index + 1);
    return { epoch: index + 1, loss: own.reduce((sum, { loss }) => sum + loss, 0) / own.length };
  });
}
