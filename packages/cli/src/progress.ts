import { type Options, SingleBar } from 'cli-progress';

/** A running display of long work, on standard error so that `--json` output stays clean. */
export interface Progress {
  /** Sets the number of finished units and, if given, the text behind the bar. */
  update(done: number, text?: string): void;
  /** Ends the display; the last line stays. */
  stop(): void;
}

/** Milliseconds between two lines where standard error is not a terminal (logs, CI). */
const LOG_INTERVAL = 5000;

function barProgress(label: string, total: number): Progress {
  const options: Options = {
    format: `${label} {bar} {value}/{total} {text} · {duration_formatted} · left {eta_formatted}`,
    barsize: 24,
    hideCursor: true,
    etaBuffer: 50,
    stream: process.stderr,
  };
  const bar = new SingleBar(options);
  bar.start(total, 0, { text: '' });
  return { update: (done, text) => bar.update(done, text === undefined ? {} : { text }), stop: () => bar.stop() };
}

function lineProgress(label: string, total: number): Progress {
  const start = Date.now();
  let [last, done, text, printed] = [start, 0, '', -1];
  const print = () => {
    const seconds = (Date.now() - start) / 1000;
    const left = done > 0 ? ` · left ${Math.round((seconds / done) * (total - done))}s` : '';
    process.stderr.write(`${label} ${done}/${total} ${text} · ${Math.round(seconds)}s${done < total ? left : ''}\n`);
    [last, printed] = [Date.now(), done];
  };
  return {
    update(newDone, newText = text) {
      [done, text] = [newDone, newText];
      if (Date.now() - last >= LOG_INTERVAL) print();
    },
    stop() {
      if (printed !== done) print();
    },
  };
}

/**
 * Starts a progress display: a bar with time left on a terminal, a line every five seconds elsewhere.
 *
 * @param label what is being done, a few words
 * @param total number of units
 */
export function startProgress(label: string, total: number): Progress {
  return process.stderr.isTTY ? barProgress(label, total) : lineProgress(label, total);
}
