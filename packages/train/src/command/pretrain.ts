import { onRoot, runJob } from '@mfm/mpi';
import { presetTable } from '../presets/list-presets.ts';
import { PRESETS } from '../presets/presets.ts';
import { type PretrainOptions, pretrainConfig } from './pretrain-config.ts';
import { runAndReport } from './run-and-report.ts';
import { outFolder } from './run-options.ts';

/** `pnpm train`: pre-trains into a run directory, one process of several where `mpirun` started it; or lists the presets. */
export async function pretrain(options: PretrainOptions): Promise<void> {
  if (options.listPresets) {
    process.stdout.write(`${options.json ? JSON.stringify(PRESETS, null, 2) : presetTable()}\n`);
    return;
  }
  await runJob(async (communicator) => {
    const { folder, config } = await onRoot(communicator, async () => {
      const folder = outFolder(options);
      return { folder, config: await pretrainConfig(options, folder) };
    });
    await runAndReport(config, folder, options, communicator);
  });
}
