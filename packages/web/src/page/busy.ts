let running = 0;

/** Runs a task; meanwhile the page says that it is busy, to assistive technology and to whoever waits for the results. */
export async function whileBusy(task: () => Promise<void>): Promise<void> {
  show(1);
  try {
    await task();
  } finally {
    show(-1);
  }
}

function show(change: 1 | -1): void {
  running += change;
  document.documentElement.dataset.busy = String(running);
  document.getElementById('content')?.setAttribute('aria-busy', String(running > 0));
}
