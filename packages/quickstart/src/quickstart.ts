import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { writeFileAtomic } from '@mfm/cli';
import { openDataset } from '@mfm/data';
import { makePictures } from './pictures/make-pictures.ts';
import { type Files, filesIn, PLAN } from './plan.ts';
import { buildReport, type ReportData } from './report/build-report.ts';
import { announce } from './stages/announce.ts';
import { evaluateEncoder } from './stages/evaluate-encoder.ts';
import { exportModels } from './stages/export-models.ts';
import { pretrain } from './stages/pretrain.ts';

const STAGES = 5;

/** The commands that do by hand what each stage does. */
function commandsFor({ run, features, random, reconstruction }: Files) {
  const { preset, data, severities } = PLAN;
  const linear = (model: string) => `pnpm eval linear --model ${model} --data ${data}`;
  const knn = (model: string) => `pnpm eval knn --model ${model} --data ${data}`;
  const robustness = (model: string) =>
    `pnpm eval robustness --model ${model} --data ${data} --severities ${severities.join(',')}`;
  return {
    train: [`pnpm train --preset ${preset} --data ${data} --out ${run}`],
    export: [
      `pnpm export --onnx --checkpoint ${run} --out ${features}`,
      `pnpm export --onnx --checkpoint ${run} --init random --out ${random}`,
      `pnpm export --onnx --checkpoint ${run} --head reconstruction --out ${reconstruction}`,
    ],
    pretrained: [linear(features), knn(features), robustness(features)],
    random: [linear(random), knn(random), robustness(random)],
  };
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

function printSummary({ pretrained, random, seconds }: ReportData, report: string): void {
  const percent = (fraction: number) => `${(100 * fraction).toFixed(1)} %`.padStart(8);
  const line = (name: string, a: number, b: number) => `  ${name.padEnd(26)}${percent(a)}${percent(b).padStart(14)}\n`;
  process.stdout.write(
    `\n${' '.repeat(28)}MFM pre-trained    random\n${[
      line('linear probe (test)', pretrained.testAccuracy, random.testAccuracy),
      line('kNN (test)', pretrained.knn.scores[0]!.top1, random.knn.scores[0]!.top1),
      line('under corruption (mean)', pretrained.robustness.mean.accuracy, random.robustness.mean.accuracy),
    ].join('')}\nReport: ${resolve(report)}   (${Math.round(seconds)} s)\n`,
  );
}

const NEXT = [
  'Next, with data of your own (a folder with a sub-folder per class, CIFAR-10, WebDataset shards):',
  '  npx pnpm train --list-presets',
  '  npx pnpm train --preset mfm_pretrain__vit_cifar10 --data <path> --out runs/cifar10',
  '  npx pnpm export --onnx --checkpoint runs/cifar10 --out cifar10.onnx',
  '  npx pnpm eval linear --model cifar10.onnx --data <path>',
];

/**
 * The whole path on synthetic data: pre-train, export, probe, robustness, report. A folder of an earlier quickstart is used again:
 * what is in it is replaced.
 */
export async function runQuickstart(folder: string): Promise<void> {
  const began = performance.now();
  const files = filesIn(folder);
  const commands = commandsFor(files);
  process.stdout.write(
    'Masked Frequency Modeling, from synthetic images to a report: about three minutes on two cores.\n',
  );
  if (await exists(files.run))
    process.stdout.write(`${folder} is there from an earlier start: it begins anew and replaces it.\n`);

  announce(1, STAGES, 'Pre-train a small ViT by masking frequencies (no labels)', commands.train);
  const pretraining = await pretrain(files.run, PLAN);

  announce(2, STAGES, 'Export to ONNX: the encoder, its untrained twin, the reconstruction', commands.export);
  const parity = await exportModels(files);
  process.stdout.write(`largest difference from the eager model: ${parity.maxAbsolute.toExponential(1)}\n`);

  const { imageSize } = pretraining.config.model;
  const train = await openDataset(PLAN.data, { split: 'train', imageSize });
  const test = await openDataset(PLAN.data, { split: 'test', imageSize });
  try {
    announce(3, STAGES, 'Measure the pre-trained encoder through ONNX Runtime', commands.pretrained);
    const pretrained = await evaluateEncoder(files.features, 'pre-trained', { train, test }, PLAN);
    announce(4, STAGES, 'Measure the random encoder in the same way', commands.random);
    const random = await evaluateEncoder(files.random, 'random', { train, test }, PLAN);

    announce(5, STAGES, 'Draw the report', []);
    const { maskRadius1, maskRadius2 } = pretraining.task;
    const pictures = await makePictures(test, PLAN.pictures, {
      model: files.reconstruction,
      imageSize,
      maskRadius1,
      maskRadius2,
    });
    const seconds = (performance.now() - began) / 1000;
    const data: ReportData = {
      ...{ pretraining, parity, pictures, pretrained, random, seconds },
      classCount: test.classes.length,
      commands: Object.values(commands).flat(),
    };
    await writeFileAtomic(files.report, buildReport(data));
    printSummary(data, files.report);
    process.stdout.write(`\n${NEXT.join('\n')}\n`);
  } finally {
    await train.close();
    await test.close();
  }
}
