import { createLoader, openDataset, trainTransform } from '@mfm/data';
import { type Communicator, gather, localCommunicators } from '@mfm/mpi';
import { createEngine, createLossWeight, createMaskDraw, type Engine, type EngineBatch } from '@mfm/train';
import { presetStep } from '../preset-step.ts';
import { median } from '../timing.ts';
import { timeTogether } from './all-reduce.ts';

/** What every rank measures. */
export interface RankWork {
  readonly preset: string;
  readonly batchPerRank: number;
  /** Whatever `pnpm train --data` takes. */
  readonly data: string;
  readonly threads: number;
  /** Timed steps of each kind. */
  readonly steps: number;
  /** Numbers of parts that the backward pass is cut into. */
  readonly overlapStages: readonly number[];
}

/** Steps with the backward pass in so many parts, each part's gradients summed up while the next computes. */
export interface OverlapTiming {
  readonly stages: number;
  /** Median seconds without the sums, and with them. */
  readonly compute: number;
  readonly step: number;
}

/** What a number of ranks took. */
export interface RankTimings {
  readonly ranks: number;
  readonly library: string | undefined;
  readonly gradientBytes: number;
  readonly bucketBytes: number;
  /** Seconds of forward pass, backward pass and update without sums, all ranks at once: every step of every rank. */
  readonly compute: readonly number[];
  /** Processor seconds of the same steps: what they take on a core of their own, whatever else runs here. Of one thread, which does not poll. */
  readonly processor: readonly number[];
  /** Median seconds of summing up as many bytes alone. */
  readonly allReduce: number;
  /** Median seconds of one core for a rank's part of a batch, all ranks at once. */
  readonly data: number;
  /** Processor seconds of the same. */
  readonly dataProcessor: number;
  /** Seconds of whole steps as training makes them: loader, masks, step. */
  readonly step: readonly number[];
  readonly overlap: readonly OverlapTiming[];
}

const RATE = 1e-4;
const WARM_UP = 2;

interface OwnTime {
  readonly wall: number;
  readonly processor: number;
}

const medians = (times: readonly OwnTime[]): OwnTime => ({
  wall: median(times.map(({ wall }) => wall)),
  processor: median(times.map(({ processor }) => processor)),
});

/** A communicator whose sums can be left out, so that the same engine is timed with and without them. */
function switchable(communicator: Communicator) {
  let on = true;
  const wrapped: Communicator = {
    ...communicator,
    allReduce: (data) => (on ? communicator.allReduce(data) : Promise.resolve()),
  };
  return {
    communicator: wrapped,
    set(value: boolean) {
      on = value;
    },
  };
}

/** Measures this rank's part of a training, together with the others. Every rank calls it, and gets the same figures. */
export async function timeRank(work: RankWork, communicator: Communicator | undefined): Promise<RankTimings> {
  const { preset, batchPerRank, data, threads, steps } = work;
  const { rank, size: ranks, library } = communicator ?? { rank: 0, size: 1, library: undefined };
  const everyone = communicator ?? localCommunicators(1)[0]!;
  const { config, step, initial, batch } = presetStep(preset, batchPerRank);
  const gradients = Object.values(step.halves.gradients).reduce(
    (sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1),
    0,
  );
  const { imageSize, task } = config.model;
  const bucketBytes = config.distributed.bucketMegabytes * 1e6;
  const gradientBytes = gradients * Float32Array.BYTES_PER_ELEMENT;
  const sums = switchable(everyone);

  const open = (overlapStages: number): Promise<Engine> =>
    createEngine({
      ...{ kind: 'onnxruntime', step, initial, accumulationSteps: 1, device: 'cpu', threads },
      ...(communicator && {
        distributed: {
          ...{ communicator: sums.communicator, bucketBytes, overlapStages },
          lossWeight: createLossWeight(task, imageSize),
        },
      }),
    });

  const repeat = async <T>(run: () => Promise<T>): Promise<T[]> => {
    const seconds: T[] = [];
    for (let i = 0; i < WARM_UP + steps; i++) seconds.push(await run());
    return seconds.slice(WARM_UP);
  };
  /** This rank's own seconds, not the slowest's; and those of its processor. */
  const timeOwn = async (run: () => Promise<unknown>): Promise<OwnTime> => {
    await everyone.barrier();
    const [start, used] = [performance.now(), process.cpuUsage()];
    await run();
    const { user, system } = process.cpuUsage(used);
    return { wall: (performance.now() - start) / 1000, processor: (user + system) / 1e6 };
  };
  const ofAll = async (own: readonly OwnTime[]): Promise<OwnTime[]> => (await gather(everyone, own)).flat();

  async function timeLoader(): Promise<OwnTime> {
    // In this thread, with nothing beside it: one core's time.
    const loader = openLoader(0);
    const batches = loader.endless();
    const own = await repeat(() => timeOwn(() => batches.next()));
    await loader.close();
    return medians(await ofAll(own));
  }

  const dataset = await openDataset(data, { imageSize });
  function openLoader(workers: number) {
    const loader = createLoader(dataset, {
      ...{ batchSize: ranks * batchPerRank, part: { rank, ranks }, shuffle: true, dropLast: true, workers },
      transform: trainTransform(imageSize, { scale: config.data.cropScale, flip: config.data.flip }),
    });
    async function* endless() {
      for (let epoch = 0; ; epoch++) for await (const part of loader.epoch(epoch)) yield { epoch, part };
    }
    return { endless, close: () => loader.close() };
  }
  const drawMasks = task.filter === 'mfm' ? createMaskDraw(imageSize, task, config.seed) : undefined;

  async function timeTraining(engine: Engine): Promise<number[]> {
    const loader = openLoader(Math.max(1, threads));
    const batches = loader.endless();
    const seconds = await repeat(() =>
      timeTogether(everyone, async () => {
        const { epoch, part } = (await batches.next()).value!;
        const fed: EngineBatch = drawMasks ? { pixels: part.pixels, mask: drawMasks(epoch, part.indices) } : batch;
        await engine.step(fed, [RATE]);
      }),
    );
    await loader.close();
    return seconds;
  }

  /** With and without sums in turns: other work on the machine then slows both alike. */
  async function timeTurns(engine: Engine): Promise<[compute: OwnTime[], whole: number[]]> {
    const [compute, whole]: [OwnTime[], number[]] = [[], []];
    for (let i = 0; i < WARM_UP + steps; i++) {
      sums.set(true);
      whole.push(await timeTogether(everyone, () => engine.step(batch, [RATE])));
      sums.set(false);
      compute.push(await timeOwn(() => engine.step(batch, [RATE])));
    }
    sums.set(true);
    return [compute.slice(WARM_UP), whole.slice(WARM_UP)];
  }

  try {
    let [compute, training]: [OwnTime[], number[]] = [[], []];
    const overlap: OverlapTiming[] = [];
    for (const stages of communicator ? new Set([1, ...work.overlapStages]) : [1]) {
      const engine = await open(stages);
      const [own, whole] = await timeTurns(engine);
      const all = await ofAll(own);
      if (stages === 1) [compute, training] = [all, await timeTraining(engine)];
      if (communicator) overlap.push({ stages, compute: medians(all).wall, step: median(whole) });
      await engine.close();
    }
    const buffer = new Float32Array(gradients);
    const sum = async () => {
      for (let start = 0; start < gradients; start += bucketBytes / 4) {
        await everyone.allReduce(buffer.subarray(start, start + bucketBytes / 4));
      }
    };
    const allReduce = communicator ? median(await repeat(() => timeTogether(everyone, sum))) : 0;
    const made = await timeLoader();
    return {
      ...{ ranks, library, gradientBytes, bucketBytes, allReduce, overlap, step: training },
      compute: compute.map(({ wall }) => wall),
      processor: compute.map(({ processor }) => processor),
      ...{ data: made.wall, dataProcessor: made.processor },
    };
  } finally {
    await dataset.close();
  }
}
