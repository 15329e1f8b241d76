import { type Html, html, renderPage, renderTable, type Section, shadedCell } from '@mfm/report';
import { HIGH_PASS_GAIN, type PictureRow } from '../pictures/make-pictures.ts';
import type { EncoderScores } from '../stages/evaluate-encoder.ts';
import type { Parity } from '../stages/export-models.ts';
import type { Pretraining } from '../stages/pretrain.ts';
import { drawAccuracyBars, drawLossCurve, encoderLabel } from './charts.ts';
import { renderPictures } from './pictures-table.ts';

/** Everything the report tells. */
export interface ReportData {
  readonly pretraining: Pretraining;
  readonly parity: Parity;
  readonly pictures: readonly PictureRow[];
  readonly pretrained: EncoderScores;
  readonly random: EncoderScores;
  readonly classCount: number;
  readonly seconds: number;
  /** The commands that do the same by hand. */
  readonly commands: readonly string[];
}

const percent = (fraction: number) => `${(100 * fraction).toFixed(1)} %`;

function picturesSection({ pretraining, pictures }: ReportData): Section {
  const { maskRadius1 } = pretraining.task;
  return {
    title: 'What the model sees, and what it restores',
    text:
      `Masked Frequency Modeling hides a part of the image’s spectrum and asks for it back. Here the low-pass input keeps the disc of radius ${maskRadius1} ` +
      'around the spectrum’s centre and the high-pass input keeps the rest; each training image gets one of the two at random.',
    content: renderPictures(pictures),
    note:
      'Restored: the kept frequencies of the image together with the model’s prediction for the masked ones. Inputs are clamped to [0, 1] as in training; ' +
      `high-pass inputs are shown ${HIGH_PASS_GAIN} times as bright. ` +
      'Spectra: log-magnitude of the luminance, zero frequency at the centre, one scale for all. Test images: the model has not seen them.',
  };
}

function lossSection({ pretraining }: ReportData): Section {
  const { losses, epochs, config, seconds, imagesPerSecond } = pretraining;
  const stopped =
    epochs < config.epochs ? ` Stopped by the time limit after ${epochs.toFixed(1)} of ${config.epochs} epochs.` : '';
  return {
    title: 'Pre-training',
    text:
      `${losses.length} steps of ${config.batchSize} images in ${Math.round(seconds)} s (${Math.round(imagesPerSecond)} images/s): forward pass, gradients and AdamW ` +
      `are one ONNX graph, traced from TensorFlow.js functions.${stopped}`,
    content: drawLossCurve(losses),
    note: 'Distance between predicted and true spectrum over the masked frequencies, per batch (faint) and as a moving mean. No label is used.',
  };
}

function scoresSection({ pretrained, random, classCount, pretraining }: ReportData): Section {
  const row = (name: Html, { probe, testAccuracy, knn }: EncoderScores) => [
    name,
    percent(testAccuracy),
    percent(probe.validationAccuracy),
    percent(probe.trainAccuracy),
    probe.weightDecay,
    percent(knn.scores[0]!.top1),
  ];
  return {
    title: 'What the frozen features know',
    text:
      `Both encoders are exported to ONNX and kept fixed; a linear classifier and a nearest-neighbour vote then tell the ${classCount} classes apart. ` +
      'The random encoder is the same model before its first training step.',
    content: renderTable(
      ['encoder', 'linear probe, test', 'validation', 'train', 'weight decay', 'kNN (k = 20), test'],
      [
        row(encoderLabel('pretrained', 'MFM pre-trained'), pretrained),
        row(encoderLabel('random', 'random'), random),
        [html`<span class="lead">chance</span>`, percent(1 / classCount), '', '', '', percent(1 / classCount)],
      ],
    ),
    note:
      `${pretrained.knn.trainCount} training and ${pretrained.knn.testCount} test images of ${pretraining.config.data.path}. Probe: logistic regression fitted to convergence on standardised ` +
      'features; its weight decay is chosen on a tenth of the training set, then it is refitted on all of it.',
  };
}

function robustnessSection({ pretrained, random, classCount }: ReportData): Section {
  const { corruptions, clean, images } = pretrained.robustness;
  const others = random.robustness.corruptions;
  const groups = corruptions.map(({ name, accuracy }, i) => ({
    name,
    pretrained: accuracy,
    random: others[i]!.accuracy,
  }));
  const severities = corruptions[0]!.severities.map(({ severity }) => severity);
  return {
    title: 'Under corruption',
    text: `The probes’ accuracy on ${images} test images corrupted as in ImageNet-C, mean of severities ${severities.join(', ')}.`,
    content: html`${drawAccuracyBars(
      [{ name: 'clean', pretrained: clean.accuracy, random: random.robustness.clean.accuracy }, ...groups],
      1 / classCount,
    )}
<h2 style="margin:18px 0 6px;font-size:1.02rem">MFM pre-trained, accuracy in % by severity</h2>
${renderTable(
  ['corruption', ...severities.map((severity) => `severity ${severity}`), 'mean', 'random, mean'],
  corruptions.map(({ name, severities: scores, accuracy }, i) => [
    name.replaceAll('_', ' '),
    ...scores.map((score) => shadedCell(score.accuracy)),
    shadedCell(accuracy),
    (100 * others[i]!.accuracy).toFixed(1),
  ]),
)}`,
  };
}

function commandsSection({ commands }: ReportData): Section {
  return {
    title: 'The same by hand',
    text: 'Every stage is a command of its own; put your data’s path in the place of the synthetic images.',
    content: html`<pre>${commands.map((command) => html`${command}\n`)}</pre>`,
  };
}

/** The report as one HTML file that needs nothing else. */
export function buildReport(data: ReportData): string {
  const { pretrained, random, pretraining, parity, seconds } = data;
  const { imageSize } = pretraining.config.model;
  const { encoder } = pretraining;
  const cards = [
    { value: percent(pretrained.testAccuracy), label: 'linear probe, MFM pre-trained' },
    { value: percent(random.testAccuracy), label: 'linear probe, random encoder' },
    {
      value: percent(pretrained.robustness.mean.accuracy),
      label: `under corruption (random: ${percent(random.robustness.mean.accuracy)})`,
    },
    { value: parity.maxAbsolute.toExponential(1), label: 'largest difference of the ONNX files from the eager model' },
  ];
  const lead =
    `A ViT (${encoder.embedDim} wide, ${encoder.depth} deep, patch ${encoder.patchSize}) pre-trained on ${imageSize} px synthetic images without labels, exported to ONNX and measured ` +
    `through ONNX Runtime, all in ${Math.round(seconds)} seconds on this machine’s CPU.`;
  const sections = [picturesSection, lossSection, scoresSection, robustnessSection, commandsSection].map((make) =>
    make(data),
  );
  const footer = `Masked Frequency Modeling (Xie et al., ICLR 2023) in TypeScript · preset ${pretraining.config.preset ?? ''} · seed ${pretraining.config.seed}`;
  return renderPage('Masked Frequency Modeling: quickstart report', lead, cards, sections, footer);
}
