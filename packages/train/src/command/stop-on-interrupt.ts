/** Watches for Ctrl-C: the first asks the run to save and end, a second ends the process at once. */
export function stopOnInterrupt(): { wanted(): boolean; release(): void } {
  let wanted = false;
  const onInterrupt = () => {
    wanted = true;
    process.stderr.write('\nSaving a checkpoint after this step; press Ctrl-C again to end at once.\n');
  };
  process.once('SIGINT', onInterrupt);
  return { wanted: () => wanted, release: () => process.removeListener('SIGINT', onInterrupt) };
}
