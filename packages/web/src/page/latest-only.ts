/**
 * Runs a task again and again as it is asked for, never twice at once: while one runs, later calls wait, and only the newest of them is run
 * after it. So a slider may move faster than a model runs.
 */
export function latestOnly(task: () => Promise<void>, onError: (error: unknown) => void): () => void {
  let isRunning = false;
  let isWanted = false;

  async function run(): Promise<void> {
    isRunning = true;
    try {
      while (isWanted) {
        isWanted = false;
        await task();
      }
    } catch (error) {
      onError(error);
    } finally {
      isRunning = false;
    }
  }

  return () => {
    isWanted = true;
    if (!isRunning) void run();
  };
}
