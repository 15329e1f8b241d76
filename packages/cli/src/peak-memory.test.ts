import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';

const LARGE_MEGABYTES = 300;
const MODULE = new URL('../dist/peak-memory.js', import.meta.url).href;

/** What `peakMegabytes` says in a new process that runs `body` between two calls of it. */
function peaksAround(body: string): [before: number, after: number] {
  const script = `import(${JSON.stringify(MODULE)}).then(({ peakMegabytes }) => {
    const before = peakMegabytes();
    ${body}
    console.log(JSON.stringify([before, peakMegabytes()]));
  })`;
  return JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })) as [number, number];
}

describe('peakMegabytes', () => {
  it('counts memory that was had and let go', () => {
    const [before, after] = peaksAround(`new Uint8Array(${LARGE_MEGABYTES} * 2 ** 20).fill(1);`);
    expect(after - before).toBeGreaterThan(0.9 * LARGE_MEGABYTES);
  });

  it('does not count what the process had that started this one', () => {
    const held = new Uint8Array(LARGE_MEGABYTES * 2 ** 20).fill(1);
    const [before] = peaksAround('');
    expect(before).toBeLessThan(LARGE_MEGABYTES);
    expect(held.at(-1)).toBe(1);
  });
});
