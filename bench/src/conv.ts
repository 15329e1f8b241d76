import { type ConvCandidate, type ConvGeometry, convCandidates, countFlops, encodeModel, openSession } from '@mfm/onnx';
import { measureGemm } from './gemm.ts';

/** One convolution of ResNet-50 at 224 px. */
export interface ConvCase {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  /** Side of the input in pixels. */
  readonly side: number;
  readonly kernel: number;
  readonly stride: number;
}

const row = (inputs: number, outputs: number, side: number, kernel: number, stride: number): ConvCase => ({
  name: `${kernel}×${kernel}${stride > 1 ? ` /${stride}` : ''} ${side}²×${inputs} → ${outputs}`,
  inputs,
  outputs,
  side,
  kernel,
  stride,
});

/** The different convolutions of ResNet-50 at 224 px. */
export const CONV_CASES: readonly ConvCase[] = [
  row(3, 64, 224, 7, 2),
  row(64, 64, 56, 3, 1),
  row(128, 128, 28, 3, 1),
  row(256, 256, 14, 3, 1),
  row(512, 512, 7, 3, 1),
  row(128, 128, 56, 3, 2),
  row(256, 256, 28, 3, 2),
  row(512, 512, 14, 3, 2),
  row(64, 256, 56, 1, 1),
  row(256, 64, 56, 1, 1),
  row(128, 512, 28, 1, 1),
  row(512, 128, 28, 1, 1),
  row(256, 1024, 14, 1, 1),
  row(1024, 256, 14, 1, 1),
  row(512, 2048, 7, 1, 1),
  row(2048, 512, 7, 1, 1),
  row(256, 512, 56, 1, 2),
  row(512, 1024, 28, 1, 2),
  row(1024, 2048, 14, 1, 2),
];

export interface ConvResult {
  readonly convolution: string;
  readonly pass: ConvCandidate['pass'];
  readonly lowering: string;
  /** Whether traced programs get this lowering. */
  readonly chosen: boolean;
  /** Least over the timed runs: what the lowering costs when nothing else disturbs it. */
  readonly milliseconds: number;
  readonly gflopPerSecond: number;
  /** Bare Gemm (1024³) measured right after. */
  readonly gemmGflopPerSecond: number;
}

/** ONNX Runtime's threads spin for a while after a run, and would take the cores from the next candidate's. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

async function prepare({ graph, ...candidate }: ConvCandidate, threads: number | undefined) {
  const session = await openSession(encodeModel(graph, { target: 'onnxruntime' }), threads ? { threads } : {});
  const tensor = (shape: readonly (number | string)[], seed: number) => {
    const dims = shape.map(Number);
    const size = dims.reduce((product, length) => product * length, 1);
    const data = Float32Array.from({ length: size }, (_, i) => Math.sin(seed + 1.7 * (i % 1009)));
    return { type: 'float32' as const, dims, data };
  };
  const [a, b] = session.inputs.map(({ shape }, index) => tensor(shape, index));
  const y = tensor(graph.outputs[0]!.value.shape, 2);
  let least = Number.POSITIVE_INFINITY;
  const round = async () => {
    await pause();
    await session.run({ a: a!, b: b! }, { y });
    for (let run = 0; run < 3; run++) {
      const start = performance.now();
      await session.run({ a: a!, b: b! }, { y });
      least = Math.min(least, performance.now() - start);
    }
  };
  return { ...candidate, flops: countFlops(graph), round, close: () => session.close(), least: () => least };
}

/**
 * Times every lowering of one convolution's three passes against each other, in turns.
 *
 * @param rounds turns; each is three timed runs of every lowering
 */
export async function benchConv(
  { name, inputs, outputs, side, kernel, stride }: ConvCase,
  batchSize: number,
  rounds: number,
  threads?: number,
): Promise<ConvResult[]> {
  const padding = (kernel - 1) / 2;
  const geometry: ConvGeometry = {
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
    dilations: [1, 1],
    groups: 1,
  };
  const candidates = convCandidates([batchSize, inputs, side, side], [outputs, inputs, kernel, kernel], geometry);
  const results: Omit<ConvResult, 'gemmGflopPerSecond'>[] = [];
  for (const pass of new Set(candidates.map((candidate) => candidate.pass))) {
    const own = candidates.filter((candidate) => candidate.pass === pass);
    const prepared = await Promise.all(own.map((candidate) => prepare(candidate, threads)));
    for (let round = 0; round < rounds; round++) for (const candidate of prepared) await candidate.round();
    for (const { lowering, chosen, flops, least, close } of prepared) {
      await close();
      const milliseconds = least();
      results.push({
        convolution: name,
        pass,
        lowering,
        chosen,
        milliseconds,
        gflopPerSecond: flops / milliseconds / 1e6,
      });
    }
  }
  const gemmGflopPerSecond = (await measureGemm(threads)) / 1e9;
  return results.map((result) => ({ ...result, gemmGflopPerSecond }));
}
