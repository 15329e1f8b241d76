import { describe, expect, it } from '@jest/globals';
import { resolveConfig, resolveSegmentationConfig } from '../config/resolve-config.ts';
import { planRun } from './plan.ts';

const plan = async (batchesPerEpoch: number, ...overrides: string[]) => {
  const preset = 'mfm_pretrain__vit_quickstart';
  return planRun(await resolveConfig({ preset, overrides: ['epochs=4', ...overrides] }), batchesPerEpoch);
};

describe('planRun', () => {
  it('finds epoch and batch of a step', async () => {
    const { position, totalSteps } = await plan(10);
    expect(totalSteps).toBe(40);
    expect([0, 9, 10, 25].map(position)).toEqual([
      { epoch: 0, batch: 0 },
      { epoch: 0, batch: 9 },
      { epoch: 1, batch: 0 },
      { epoch: 2, batch: 5 },
    ]);
  });

  it('leaves batches out that are too few for a step', async () => {
    const { position, stepsPerEpoch } = await plan(10, 'accumulationSteps=4');
    expect(stepsPerEpoch).toBe(2);
    expect([1, 2].map(position)).toEqual([
      { epoch: 0, batch: 4 },
      { epoch: 1, batch: 0 },
    ]);
  });

  it('needs enough batches for a step', async () => {
    await expect(plan(3, 'accumulationSteps=4')).rejects.toThrow(/at most the batches of an epoch \(3\), got 4/);
  });

  it('scales rates by the images of a step, and counts iterations as batches', async () => {
    const { learningRates, schedule } = await plan(10, 'accumulationSteps=2', 'schedule.warmupEpochs=1');
    expect(schedule).toMatchObject({ totalIterations: 40, warmupIterations: 10 });
    const [start, peak] = [3e-6, 3e-3];
    // Steps end in iterations 1, 3, 5 …, each with the rate that the iteration two before it set.
    const expected = [start, start + (peak - start) / 10, start + ((peak - start) * 3) / 10];
    expect([0, 1, 2].flatMap(learningRates)).toBeAllclose(expected, { rtol: 1e-9, atol: 0 });
  });

  it('scales the base rate alone by layers', async () => {
    const config = await resolveConfig({
      preset: 'mfm_pretrain__vit_quickstart',
      overrides: ['schedule.warmupEpochs=0'],
    });
    const { learningRates, schedule, totalSteps } = planRun(config, 10, [1, 0.5]);
    expect(learningRates(0)).toBeAllclose([schedule.baseLr, schedule.baseLr / 2], { rtol: 1e-12, atol: 0 });
    const [whole, half] = learningRates(totalSteps - 1) as [number, number];
    expect(half - schedule.minLr).toBeCloseTo(
      ((whole - schedule.minLr) * (schedule.baseLr / 2 - schedule.minLr)) / (schedule.baseLr - schedule.minLr),
      12,
    );
  });

  it('knows when checkpoints are due', async () => {
    const due = async (...overrides: string[]) => {
      const { isCheckpointDue } = await plan(10, ...overrides);
      return Array.from({ length: 40 }, (_, i) => i + 1).filter(isCheckpointDue);
    };
    expect(await due()).toEqual([10, 20, 30, 40]);
    expect(await due('checkpoint.everyEpochs=3')).toEqual([30, 40]);
    expect(await due('checkpoint.everyEpochs=4', 'checkpoint.everySteps=15')).toEqual([15, 30, 40]);
  });

  it('of a segmenter counts steps, and measures every so many and at the end', async () => {
    const preset = 'upernet_vit_base_ade20k_160k';
    const options = { data: { path: 'ade' } };
    // 20,210 images, eight accumulated batches of two.
    const ade = planRun(await resolveSegmentationConfig({ preset, options }), 10_105);
    expect([ade.totalSteps, ade.position(160_000).epoch]).toEqual([160_000, 126]);
    expect([ade.isEvaluationDue(16_000), ade.isEvaluationDue(16_001), ade.isEvaluationDue(160_000)]).toEqual([
      ...[true, false, true],
    ]);
    // 3e-5 in force, the linear fall times the warm-up from a millionth, as mmcv's hook.
    const rateOf = (t: number) => 3e-5 * (1 - t / 160_000) * (t < 1500 ? 1 - (1 - t / 1500) * (1 - 1e-6) : 1);
    const steps = [0, 1, 750, 1499, 1500, 80_000, 159_999];
    const rates = steps.map((step) => ade.learningRates(step)[0]!);
    expect(rates).toBeAllclose(steps.map(rateOf), { rtol: 1e-9, atol: 0 });
    const epochs = { overrides: ['epochs=4', 'steps=null', 'evaluation.everySteps=null', 'evaluation.everyEpochs=3'] };
    const own = planRun(await resolveSegmentationConfig({ preset, options, ...epochs }), 80);
    expect(Array.from({ length: 40 }, (_, i) => i + 1).filter(own.isEvaluationDue)).toEqual([30, 40]);
  });

  it('scales the whole rate of poly by layers', async () => {
    const sources = { preset: 'upernet_vit_base_ade20k_160k', options: { data: { path: 'ade' } } };
    const { learningRates } = planRun(await resolveSegmentationConfig(sources), 80, [1, 0.5]);
    for (const step of [0, 700, 5000]) {
      const [whole, half] = learningRates(step) as [number, number];
      expect(half).toBeCloseTo(whole / 2, 15);
    }
  });
});
