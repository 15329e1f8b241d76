import { corruptionConformance } from '@mfm/robustness';
import { type CaseResult, judge } from '../run-cases.ts';

/**
 * The corruptions of ImageNet-C against a folder of golden data, on threads.
 *
 * @throws UserError when it is no such folder
 */
export async function runCorruptions(
  folder: string,
  workers: number,
): Promise<{ count: number; results: AsyncIterable<CaseResult> }> {
  const { count, outcomes } = await corruptionConformance(folder, workers);
  async function* results() {
    for await (const { outcome, ...golden } of outcomes) {
      yield await judge(golden, async () => {
        if ('error' in outcome) throw outcome.error;
        return outcome;
      });
    }
  }
  return { count, results: results() };
}
