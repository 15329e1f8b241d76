import { type BufferSpec, initParameters, modelTensors } from '@mfm/models';
import { absoluteCheck, type Check, namesCheck, type Outcome } from '../check/check.ts';
import { type SampleStatistics, sampleChecks, sampleStatistics } from '../check/sample-statistics.ts';
import type { GoldenCase } from '../golden/golden-case.ts';
import { type DescribedTensors, inferDescribed } from './infer-config.ts';
import { stateDictChecks } from './state-dict-checks.ts';

/** Values are null where there is one element, or none. */
type TensorStatistics = DescribedTensors[string] & { [K in keyof SampleStatistics]?: number | null };

/** Rounding of float32 statistics of a table, over its largest value. */
const TABLE_ROUNDING = 1e-5;

const isWhole = (entry: TensorStatistics): entry is TensorStatistics & SampleStatistics =>
  [entry.mean, entry.std, entry.min, entry.max].every((value) => typeof value === 'number');

/** A table follows from the configuration, so its statistics are exact but for rounding. */
function tableChecks(buffer: BufferSpec, entry: TensorStatistics | undefined): Check[] {
  if (buffer.kind !== 'table' || !entry || !isWhole(entry)) return [];
  const actual = sampleStatistics(buffer.values());
  const scale = Math.max(Math.abs(entry.min), Math.abs(entry.max), 1);
  const keys = ['mean', 'std', 'min', 'max'] as const;
  const [given, wanted] = [keys.map((key) => actual[key] / scale), keys.map((key) => entry[key] / scale)];
  return [absoluteCheck(buffer.name, given, wanted, TABLE_ROUNDING)];
}

const shapeOf = (buffer: BufferSpec) => (buffer.kind === 'table' ? buffer.shape : []);

/** Kind `init_stats`: names, shapes and the statistics of every tensor of a freshly initialised model. */
export async function runInitStats(golden: GoldenCase): Promise<Outcome> {
  const { pretrain, tensors: all, n_trainable: count } = golden.json;
  const tensors = all as Record<string, TensorStatistics>;
  const config = inferDescribed(golden.name, pretrain as boolean, tensors);
  const model = modelTensors(config);
  const describe = (name: string, shape: readonly number[], trainable: boolean) =>
    `${name} [${shape}] ${trainable ? 'trained' : 'fixed'}`;
  const trained = model.parameters.filter(({ trainable }) => trainable);
  const size = trained.reduce((sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1), 0);
  const checks: Check[] = [
    namesCheck(
      'names and shapes',
      [
        ...model.parameters.map(({ name, shape, trainable }) => describe(name, shape, trainable)),
        ...model.buffers.map((buffer) => describe(buffer.name, shapeOf(buffer), false)),
      ],
      Object.entries(tensors).map(([name, { shape, trainable }]) => describe(name, shape, trainable ?? false)),
    ),
    ...stateDictChecks(config, tensors),
    absoluteCheck('trained numbers', [size], [count as number], 0),
    ...model.buffers.flatMap((buffer) => tableChecks(buffer, tensors[buffer.name])),
  ];
  // One tensor at a time: a ViT-B's would not fit in a small machine's memory twice.
  for (const spec of model.parameters) {
    const entry = tensors[spec.name];
    if (!entry || !isWhole(entry)) continue;
    checks.push(...sampleChecks(spec.name, initParameters([spec], 0)[spec.name]!.data, entry, spec.init));
  }
  return { checks };
}
