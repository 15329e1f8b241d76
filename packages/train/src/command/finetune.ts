import { onRoot, runJob } from '@mfm/mpi';
import { type FinetuneOptions, finetuneConfig } from './finetune-config.ts';
import { runAndReport } from './run-and-report.ts';
import { outFolder } from './run-options.ts';

/** `pnpm train finetune`: trains a classifier from pre-trained weights into a run directory; one process of several where `mpirun` started it. */
export async function finetune(options: FinetuneOptions): Promise<void> {
  await runJob(async (communicator) => {
    const { folder, config } = await onRoot(communicator, async () => {
      const folder = outFolder(options);
      return { folder, config: await finetuneConfig(options, folder) };
    });
    await runAndReport(config, folder, options, communicator);
  });
}
