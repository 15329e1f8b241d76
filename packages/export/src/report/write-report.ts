import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { cpus } from 'node:os';
import { extname } from 'node:path';
import { type createCommand, integerOption, numberListOption, UserError, writeFileAtomic } from '@mfm/cli';
import { type HostTensors, inspectModel, parseDevice } from '@mfm/onnx';
import { type BuiltModel, buildModel } from '../built-model.ts';
import { openEagerHere } from '../eager/open-eager-here.ts';
import type { ExportResult, ModelWithParameters } from '../export-model.ts';
import type { HeadGraph } from '../heads/head.ts';
import { headGraph } from '../heads/head-graph.ts';
import { requireHead } from '../heads/head-table.ts';
import { imageFeeds, isFedWithImages } from '../precision/image-feeds.ts';
import { openComparisonSet } from '../precision/image-set.ts';
import { probeInputs } from '../probe/probe-inputs.ts';
import { compareImages } from './compare-images.ts';
import { type ExportReport, PREPROCESSING } from './export-report.ts';
import { measureLatency } from './latency.ts';
import { MADE_UP, renderReport } from './report-page.ts';

/** What the report takes from an export. */
export type Reported = Pick<ExportResult, 'head' | 'parity' | 'precision'>;

type Command = ReturnType<typeof createCommand>;

/** Arguments about the report, as the command line gives them. */
export interface ReportArguments {
  readonly report?: string;
  readonly reportImages?: string;
  readonly reportCount?: number;
  readonly reportBatches?: string;
  readonly reportRuns?: number;
  readonly reportDevices?: string;
}

/** Every report by the end of its file's name. */
const FORMATS: Readonly<Record<string, (report: ExportReport) => string>> = {
  '.html': renderReport,
  '.json': (report) => `${JSON.stringify(report, undefined, 2)}\n`,
};

/** Devices that are not there are told with the reason. */
const DEFAULTS = { count: 64, madeUp: 8, batches: [1, 2, 8], runs: 20, devices: 'cpu,cuda,webgpu' };

/** Declares the options about the report. */
export function withReport(command: Command): Command {
  return command
    .option('--report <file>', 'also write a report, .html or .json: checker, differences, agreement, latency')
    .option('--report-images <data set>', 'images to compare on: a path or "synthetic" (default: made-up pictures)')
    .option('--report-count <n>', `how many of them (default: ${DEFAULTS.count})`, integerOption('--report-count'))
    .option('--report-batches <list>', `batch sizes (default: ${DEFAULTS.batches})`)
    .option('--report-devices <list>', `where it is timed (default: ${DEFAULTS.devices}, as far as they are there)`)
    .option('--report-runs <n>', `runs that are timed (default: ${DEFAULTS.runs})`, integerOption('--report-runs'));
}

function parseBatches(text: string | undefined): readonly number[] {
  if (text === undefined) return DEFAULTS.batches;
  const sizes = numberListOption('--report-batches', { integer: true, most: 1024 })(text);
  return [...new Set(sizes)].sort((a, b) => a - b);
}

/** @throws UserError for a device that is unknown; whether it is there is seen when it is opened */
function parseDevices(text = DEFAULTS.devices): string[] {
  const devices = text.split(',').map((name) => name.trim());
  for (const device of devices) parseDevice(device);
  return devices;
}

/**
 * Checks the arguments before anything slow begins.
 *
 * @throws UserError for a report of no known kind, and options without a report
 */
export function checkReportArguments({ report, ...others }: ReportArguments): void {
  if (report === undefined) {
    const given = {
      '--report-images': others.reportImages,
      '--report-count': others.reportCount,
      '--report-batches': others.reportBatches,
      '--report-runs': others.reportRuns,
      '--report-devices': others.reportDevices,
    };
    const stray = Object.entries(given).find(([, value]) => value !== undefined);
    if (stray) throw new UserError(`${stray[0]}: is for --report <file>. Add it, or leave this out.`);
    return;
  }
  parseBatches(others.reportBatches);
  parseDevices(others.reportDevices);
  if (!FORMATS[extname(report)])
    throw new UserError(
      `--report: must be a file that ends with ${Object.keys(FORMATS).join(' or ')}, got "${report}".`,
    );
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

interface Subject {
  readonly model: BuiltModel;
  readonly head: HeadGraph;
  readonly parameters: ModelWithParameters['parameters'];
}

/** Inputs in chunks of the largest batch, and what they are made of. */
async function openChunks(subject: Subject, { reportImages, reportCount }: ReportArguments, chunk: number) {
  const { model, head } = subject;
  if (reportImages === undefined) {
    const count = reportCount ?? DEFAULTS.madeUp;
    const chunks = function* (): Generator<HostTensors> {
      for (let done = 0; done < count; done += chunk)
        yield probeInputs(subject, Math.min(chunk, count - done), 1 + done);
    };
    return { source: MADE_UP, count, chunks: chunks(), close: async () => {} };
  }
  if (!isFedWithImages(model, head))
    throw new UserError(
      '--report-images: this head is fed with more than images. Leave it out: the report is then made of made-up pictures.',
    );
  const { images, close } = await openComparisonSet(reportImages, reportCount ?? DEFAULTS.count, {
    imageSize: model.config.imageSize,
  });
  const chunks = async function* (): AsyncGenerator<HostTensors> {
    for await (const pixels of images.batches(chunk)) yield imageFeeds(model, head, pixels);
  };
  return { source: images.name, count: images.length, chunks: chunks(), close };
}

/**
 * Measures an exported file and writes its report.
 *
 * @param out the file that was exported
 * @param fixedBatch the one batch size that the file takes, where it has one
 * @throws UserError for a data set that does not open, or a head that images do not feed
 */
export async function writeReport(
  out: string,
  { config, parameters, optimiser }: ModelWithParameters,
  { head: headName, parity, precision }: Reported,
  args: ReportArguments & {
    readonly batch?: number | undefined;
    readonly normalize?: boolean | undefined;
    readonly blocks?: number | undefined;
  },
  onProgress: (what: string, done: number, total: number) => void,
): Promise<void> {
  const model = buildModel(config, optimiser, args.blocks);
  const head = await headGraph(headName, model, args.normalize ?? false);
  const subject = { model, head, parameters };
  const fixedBatch = args.batch ?? requireHead(headName, model).fixedBatch;
  const batchSizes = fixedBatch === undefined ? parseBatches(args.reportBatches) : [fixedBatch];
  const chunk = Math.max(...batchSizes);
  const input = await openChunks(
    subject,
    fixedBatch === undefined ? args : { ...args, reportCount: wholeBatches(args, fixedBatch) },
    chunk,
  );
  const eager = await openEagerHere(model, head, parameters, 'auto');
  try {
    onProgress('report: comparison', 0, input.count);
    const comparison = await compareImages(out, eager, input.chunks, {
      ...{ source: input.source, batchSizes },
      onDone: (images) => onProgress('report: comparison', images, input.count),
    });
    onProgress('report: latency', 0, 1);
    const runs = args.reportRuns ?? DEFAULTS.runs;
    const latency = await measureLatency(out, (batch) => probeInputs(subject, batch, 1), {
      devices: parseDevices(args.reportDevices),
      batchSizes,
      runs,
    });
    onProgress('report: latency', 1, 1);
    const summary = inspectModel(out);
    const metadata = new Map(summary.metadata.map(({ key, value }) => [key, value]));
    const report: ExportReport = {
      ...{
        file: out,
        sha256: await sha256Of(out),
        head: headName,
        model: summary,
        parity,
        comparison,
        latency,
        precision,
      },
      preprocessing: Object.fromEntries(
        PREPROCESSING.flatMap((key) => (metadata.has(key) ? [[key, metadata.get(key)!]] : [])),
      ),
      machine: {
        cpu: cpus()[0]?.model ?? 'unknown',
        cores: cpus().length,
        node: process.versions.node,
        date: new Date().toISOString().slice(0, 10),
      },
    };
    await writeFileAtomic(args.report!, FORMATS[extname(args.report!)]!(report));
  } finally {
    await eager.close();
    await input.close();
  }
}

/** A file of one batch size takes whole batches alone. */
function wholeBatches({ reportImages, reportCount }: ReportArguments, batch: number): number {
  const wanted = reportCount ?? (reportImages === undefined ? DEFAULTS.madeUp : DEFAULTS.count);
  return batch * Math.max(1, Math.floor(wanted / batch));
}
