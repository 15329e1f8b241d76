import { createCommand, formatTable, startProgress, UserError } from '@mfm/cli';
import { renderTable } from '@mfm/report';
import type { FeatureTable } from '../features/feature-table.ts';
import { percent, percentInterval } from '../measure/percent.ts';
import { checkReportPath, writeEvalReport } from '../report/eval-report.ts';
import { type RetrievalResult, retrieve } from '../retrieval/retrieve.ts';
import type { EvalCommand } from './eval-command.ts';
import {
  countLeftOut,
  describeModel,
  extractPart,
  leftOutLine,
  type ModelAndData,
  withModelAndData,
  withSplits,
} from './model-and-data.ts';
import { sharingFeatures } from './share-features.ts';

interface RetrievalArguments extends ModelAndData {
  readonly gallery: string;
  readonly center?: boolean;
  readonly report?: string;
}

const GALLERIES = ['train', 'test'];

const EXAMPLES = [
  'pnpm eval retrieval --model mfm.onnx --data path/to/cifar10',
  'pnpm eval retrieval --model mfm.onnx --data path/to/images --gallery test --feature cls_token',
];

async function rank(queries: FeatureTable, gallery: FeatureTable, { center, threads }: RetrievalArguments) {
  const progress = startProgress('queries', queries.count);
  const options = { ...(center && { center }), ...(threads && { threads }), onProgress: progress.update };
  const result = await retrieve(queries, gallery, options).finally(() => progress.stop());
  if (result.queries > 0) return result;
  throw new UserError(
    'eval retrieval: some class must have two images, got none: no query has an answer. Use more data, or --gallery train.',
  );
}

const rowsOf = ({ meanAveragePrecision, meanPrecisionAtR, recall }: RetrievalResult): string[][] => [
  ['mAP', percent(meanAveragePrecision.mean), percentInterval(meanAveragePrecision.interval)],
  ['MAP@R', percent(meanPrecisionAtR.mean), percentInterval(meanPrecisionAtR.interval)],
  ...recall.map(({ k, share }) => [`recall@${k}`, percent(share), '']),
];

async function runRetrieval(args: RetrievalArguments): Promise<void> {
  if (!GALLERIES.includes(args.gallery)) {
    throw new UserError(`--gallery: must be ${GALLERIES.join(' or ')}, got "${args.gallery}".`);
  }
  await checkReportPath(args.report);
  await withSplits(args, async (model, { train, test, classes }) => {
    const queries = await extractPart(model, test, 'test', args);
    const within = args.gallery === 'test';
    const gallery = within ? queries : await extractPart(model, train, 'train', args);
    const result = await rank(queries, gallery, args).finally(() => {
      queries.close();
      if (!within) gallery.close();
    });
    const leftOut = countLeftOut(
      within
        ? [[test, queries]]
        : [
            [test, queries],
            [train, gallery],
          ],
    );
    const title = `Retrieval by ${model.output}`;
    const what = within ? 'every test image ranks all others' : 'every test image ranks the training images';
    const head = ['measure', '%', '95 %'];
    await writeEvalReport(args.report, () => ({
      ...{ command: 'retrieval', title, lead: `${args.model} on ${args.data}: ${what} by cosine similarity.` },
      cards: [
        { value: `${percent(result.meanAveragePrecision.mean)} %`, label: 'mAP' },
        { value: String(result.queries), label: 'queries' },
        { value: String(result.gallery), label: 'images in the gallery' },
      ],
      sections: [{ title: 'Ranking', content: renderTable(head, rowsOf(result)) }],
      settings: {
        model: args.model,
        'SHA-256': model.hash,
        feature: model.output,
        data: args.data,
        ...model.preprocessing,
      },
    }));
    if (args.json) {
      const document = {
        ...{ command: 'retrieval', model: describeModel(model), data: args.data, classes: classes.length },
        ...{ from: args.gallery, ...result, leftOut },
      };
      process.stdout.write(`${JSON.stringify(document)}\n`);
      return;
    }
    const unanswerable =
      result.unanswerable > 0 ? `${result.unanswerable} queries without a relevant image left out.\n` : '';
    process.stdout.write(
      `${title}${result.center ? ', centred' : ''} of ${args.model}, ${args.data}: ${what} (${result.queries} queries, ${result.gallery} images)\n` +
        `${formatTable(head, rowsOf(result))}\n${unanswerable}${leftOutLine(leftOut)}`,
    );
  });
}

/** `pnpm eval retrieval`. */
export const retrievalCommand: EvalCommand = {
  name: 'retrieval',
  summary: 'retrieval of images of the same class: mAP',
  create: () =>
    withModelAndData(
      createCommand('retrieval', 'Retrieval by class: test images rank a gallery by cosine similarity.', EXAMPLES),
    )
      .option('--gallery <split>', 'what is ranked: train, or test (leave-one-out)', 'train')
      .option('--center', "subtract the gallery's mean first")
      .option('--report <file>', 'also write an HTML page')
      .action(sharingFeatures(runRetrieval, ({ gallery }) => (gallery === 'test' ? ['test'] : ['test', 'train']))),
};
