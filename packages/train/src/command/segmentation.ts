import { onRoot, runJob } from '@mfm/mpi';
import { runAndReport } from './run-and-report.ts';
import { outFolder } from './run-options.ts';
import { type SegmentationOptions, segmentationConfig } from './segmentation-config.ts';

/** `pnpm train segmentation`: trains a segmenter from pre-trained weights into a run directory; one process of several where `mpirun` started it. */
export async function segmentation(options: SegmentationOptions): Promise<void> {
  await runJob(async (communicator) => {
    const { folder, config } = await onRoot(communicator, async () => {
      const folder = outFolder(options);
      return { folder, config: await segmentationConfig(options, folder) };
    });
    await runAndReport(config, folder, options, communicator);
  });
}
