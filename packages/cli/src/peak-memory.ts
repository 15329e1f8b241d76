import { readFileSync } from 'node:fs';

const PROCESS_STATUS = '/proc/self/status';

function highWaterMark(): number | undefined {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(PROCESS_STATUS, 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes);
  } catch {
    return undefined;
  }
}

/**
 * Most memory that this process ever had, in MB.
 *
 * On Linux `getrusage`'s figure survives `exec`: a child begins with that of the process that started it. The kernel's high-water mark of the
 * address space begins anew (proc(5), VmHWM).
 */
export const peakMegabytes = (): number => (highWaterMark() ?? process.resourceUsage().maxRSS) / 1024;
