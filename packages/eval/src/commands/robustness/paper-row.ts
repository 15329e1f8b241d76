import { formatTable } from '@mfm/cli';
import type { ModelSummary, SuiteDocument } from '@mfm/robustness';
import { percent } from '../../measure/percent.ts';

/** A column of the table that papers on robust models print: ↑ the more the better, ↓ the less. */
interface Column {
  readonly title: string;
  read(model: ModelSummary): number | undefined;
  /** Shown also where no model has it. */
  readonly always: boolean;
}

const accuracy = (id: string) => (model: ModelSummary) => model.tests.find((test) => test.id === id)?.top1;

const COLUMNS: readonly Column[] = [
  { title: 'clean ↑', read: accuracy('clean'), always: true },
  { title: 'FGSM ↑', read: accuracy('attack/fgsm'), always: true },
  { title: 'PGD ↑', read: accuracy('attack/pgd'), always: true },
  { title: 'IN-C mCE ↓', read: ({ corruptions }) => corruptions['imagenet-c']?.errors?.mCE, always: true },
  {
    title: 'in memory: mCE ↓',
    read: ({ corruptions }) => corruptions.corruption?.errors?.mCE,
    always: false,
  },
  { title: 'IN-A ↑', read: accuracy('imagenet-a/clean'), always: true },
  { title: 'IN-R ↑', read: accuracy('imagenet-r/clean'), always: true },
  { title: 'IN-SK ↑', read: accuracy('imagenet-sketch/clean'), always: true },
  { title: 'IN-V2 ↑', read: accuracy('imagenet-v2/clean'), always: false },
  {
    title: 'CIFAR-10-C ↑',
    read: ({ corruptions }) => corruptions['cifar10-c']?.mean.accuracy,
    always: false,
  },
];

/** One row per model, in per cent, as papers print it; – for what was not measured. */
export function paperTable({ models }: Pick<SuiteDocument, 'models'>): string {
  const columns = COLUMNS.filter(({ always, read }) => always || models.some((model) => read(model) !== undefined));
  const cell = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? '–' : percent(value));
  const rows = models.map((model) => [model.name, ...columns.map(({ read }) => cell(read(model)))]);
  return formatTable(['model', ...columns.map(({ title }) => title)], rows);
}

/** What must be said beside the row so that it is not taken for a published figure. */
export function paperNotes({ models }: Pick<SuiteDocument, 'models'>): string[] {
  const partial = models.some(({ corruptions }) => corruptions['imagenet-c']?.errors?.partial);
  const inMemory = models.some(({ corruptions }) => corruptions.corruption?.errors);
  return [
    ...(partial ? ['IN-C: not all 15 corruptions at all 5 severities, so this is not the published measure.'] : []),
    ...(inMemory ? ['in memory: corrupted here, not the published JPEG files; figures differ from theirs.'] : []),
  ];
}
