import { basename } from 'node:path';
import {
  drawBars,
  drawLines,
  type Html,
  html,
  type LineSeries,
  renderFacts,
  renderPage,
  renderTable,
  type Section,
} from '@mfm/report';
import { verdict } from '../inspect/print-summary.ts';
import type { DifferenceRow } from './compare-images.ts';
import type { ExportReport } from './export-report.ts';

const small = (value: number): string => (value === 0 ? '0' : value.toExponential(2));
const percent = (same: number, of: number): string => `${((100 * same) / of).toFixed(2)} %`;
const milliseconds = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(1));
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;
const million = (count: number): string => (count < 1e5 ? String(count) : `${(count / 1e6).toFixed(2)} M`);

const values = (list: ExportReport['model']['inputs']): Html =>
  html`${list.map(({ name, type }) => html`${name} ${type}<br>`)}`;

function fileSection({ file, sha256, head, model, preprocessing }: ExportReport): Section {
  const types = Object.entries(model.parameters.types).map(([type, { elements }]) => `${million(elements)} ${type}`);
  const external = model.externalData.map(({ location, bytes }) => `${location} (${megabytes(bytes)})`);
  return {
    title: 'The file',
    content: renderFacts([
      ['name', basename(file)],
      ['SHA-256', sha256],
      ['size', `${megabytes(model.bytes)}${external.length > 0 ? ` and ${external.join(', ')}` : ''}`],
      [
        'format',
        `ONNX, IR version ${model.irVersion}, ${model.opsets.map(({ domain, version }) => `${domain} ${version}`).join(', ')}`,
      ],
      ['head', head],
      ['inputs', values(model.inputs)],
      ['outputs', values(model.outputs)],
      ['numbers', `${million(model.parameters.elements)} in ${model.parameters.tensors} tensors (${types.join(', ')})`],
      [
        'images',
        Object.entries(preprocessing)
          .map(([key, value]) => `${key} ${value}`)
          .join(' · ') || 'the file does not say',
      ],
    ]),
  };
}

function checkerSection({ model: { problems } }: ExportReport): Section {
  const rows = problems.map(({ severity, where, message }) => [severity, where, message]);
  return {
    title: 'The checker',
    text: `Versions, order and names of values, operators with their inputs, attributes and types, tensors’ data, shapes: ${verdict(problems)}.`,
    content: rows.length > 0 ? textTable(['', 'where', 'what'], rows) : html``,
  };
}

const textTable = (head: readonly string[], rows: readonly (readonly string[])[]): Html =>
  html`<table><thead><tr>${head.map((cell) => html`<th>${cell}</th>`)}</tr></thead><tbody>${rows.map(
    (row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table>`;

const differenceCells = ({ batch, maxAbsolute, meanAbsolute, maxRelative, meanRelative, cosine }: DifferenceRow) => [
  batch,
  small(maxAbsolute),
  small(meanAbsolute),
  small(maxRelative),
  small(meanRelative),
  cosine.toFixed(9),
];

function differenceSection({ comparison, parity, precision }: ExportReport): Section {
  const { differences, agreement, source, images, backend } = comparison;
  const outputs = [...new Set(differences.map(({ output }) => output))];
  const chart = drawLines({
    x: 'batch size',
    y: 'largest difference',
    logarithmic: true,
    series: outputs.map((output) => ({
      name: output,
      // Nothing is at minus infinity on a logarithmic axis.
      points: differences
        .filter((row) => row.output === output && row.maxAbsolute > 0)
        .map((row) => [row.batch, row.maxAbsolute] as const),
    })),
  });
  const hasChart = new Set(differences.map(({ batch }) => batch)).size > 1;
  return {
    title: 'Difference from the eager model',
    text: `${images} ${source === MADE_UP ? MADE_UP : `images of “${source}”`}, the file in ONNX Runtime and the model in TensorFlow.js (backend ${backend}).`,
    content: html`${hasChart ? chart : ''}${renderTable(
      ['output', 'batch', 'max |Δ|', 'mean |Δ|', 'max relative', 'mean relative', 'cosine'],
      differences.map((row) => [row.output, ...differenceCells(row)]),
    )}${
      agreement.length > 0
        ? renderTable(
            ['same greatest element', 'batch', 'images', 'same', 'agreement'],
            agreement.map((row) => [row.output, row.batch, row.images, row.same, percent(row.same, row.images)]),
          )
        : ''
    }`,
    note:
      'Relative: largest difference in parts of the output’s largest number, mean difference in parts of its mean size. ' +
      `The check of every export, on made-up pictures against plain JavaScript, passed: at most ${parity.tolerance} is allowed${
        precision ? ', of the float32 file' : ''
      }, got ${small(Math.max(...parity.outputs.map(({ maxAbsolute }) => maxAbsolute)))}.`,
  };
}

/** What is said where no images are given. */
export const MADE_UP = 'made-up pictures';

function latencySection({ latency, machine }: ExportReport): Section {
  const devices = [...new Set(latency.rows.map(({ device }) => device))];
  const series = devices.flatMap((device): LineSeries[] => {
    const rows = latency.rows.filter((row) => row.device === device);
    return [
      { name: `${device}, median`, points: rows.map(({ batch, p50 }) => [batch, p50]) },
      { name: `${device}, 95 %`, points: rows.map(({ batch, p95 }) => [batch, p95]), dashed: true },
    ];
  });
  const several = new Set(latency.rows.map(({ batch }) => batch)).size > 1;
  return {
    title: 'Latency',
    text: `Milliseconds of a run, inputs and outputs in host memory, after a warm-up. ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}.`,
    content: html`${several ? drawLines({ x: 'batch size', y: 'ms', logarithmic: true, series }) : ''}${renderTable(
      ['device', 'batch', 'runs', 'p50, ms', 'p95, ms', 'images/s'],
      latency.rows.map((row) => [
        row.device,
        row.batch,
        row.runs,
        milliseconds(row.p50),
        milliseconds(row.p95),
        row.throughput.toFixed(1),
      ]),
    )}${latency.missing.map(({ device, reason }) => html`<p class="note">Not available here: <b>${device}</b>. ${reason}</p>`)}`,
  };
}

function precisionSections({ precision }: ExportReport): Section[] {
  if (!precision) return [];
  const { outputs, agreement, images, comparedOn, summary, warnings } = precision;
  return [
    {
      title: `${precision.precision} beside float32`,
      text: `${summary}. Compared on ${images} images: ${comparedOn}.`,
      content: html`${renderTable(
        ['output', 'max |Δ|', 'mean |Δ|', 'cosine'],
        outputs.map((row) => [row.output, small(row.maxAbsolute), small(row.meanAbsolute), row.cosine.toFixed(9)]),
      )}${warnings.map((text) => html`<p class="bad">${text}</p>`)}`,
      ...(agreement !== undefined && {
        note: `The most likely class is the same for ${(100 * agreement).toFixed(2)} % of the images.`,
      }),
    },
  ];
}

function operatorSection({ model }: ExportReport): Section {
  return {
    title: 'Operators',
    text: `${model.operators.reduce((sum, { count }) => sum + count, 0)} nodes of ${model.operators.length} operators.`,
    content: drawBars(
      model.operators.map(({ operator, count }) => ({ name: operator, value: count })),
      'nodes',
    ),
  };
}

const metadataSection = ({ model: { metadata } }: ExportReport): Section => ({
  title: 'Metadata',
  content: renderFacts(metadata.map(({ key, value }) => [key, value])),
});

/** The report as one HTML file that needs nothing else. */
export function renderReport(report: ExportReport): string {
  const { model, comparison, latency, machine } = report;
  const worst = Math.max(...comparison.differences.map(({ maxAbsolute }) => maxAbsolute));
  const logits = comparison.agreement.filter(({ output }) => output === 'logits');
  const fastest = latency.rows.reduce<(typeof latency.rows)[number] | undefined>(
    (a, b) => (a && a.throughput >= b.throughput ? a : b),
    undefined,
  );
  const cards = [
    { value: verdict(model.problems), label: 'by the ONNX checker' },
    { value: small(worst), label: 'largest difference from the eager model' },
    ...(logits.length > 0
      ? [
          {
            value: percent(Math.min(...logits.map(({ same }) => same)), comparison.images),
            label: `same class as the eager model (${comparison.images} images)`,
          },
        ]
      : [{ value: million(model.parameters.elements), label: 'numbers in the file' }]),
    ...(fastest
      ? [
          {
            value: `${fastest.throughput.toFixed(fastest.throughput < 100 ? 1 : 0)} /s`,
            label: `images at the median (${fastest.device}, batch ${fastest.batch})`,
          },
        ]
      : []),
  ];
  const sections = [fileSection, differenceSection, latencySection].map((make) => make(report));
  return renderPage(
    `${basename(report.file)}: export report`,
    `Head ${report.head}, ${million(model.parameters.elements)} numbers, ${megabytes(model.bytes)}.`,
    cards,
    [
      ...sections,
      ...precisionSections(report),
      checkerSection(report),
      operatorSection(report),
      metadataSection(report),
    ],
    `Written by pnpm export --report on ${machine.date}.`,
  );
}
