import { describe, expect, it } from '@jest/globals';
import { decodeOutcomes, encodeOutcomes } from './outcome-file.ts';
import { correctness, joinOutcomes, outcomesOf } from './outcomes.ts';

const scores = Float32Array.of(2, -1, 0.5, 0, 3, 1, 0, 0, 0, 0, 0, 0, -4, 5, 1, 2, 0.25, -0.75);
const labels = Int32Array.of(2, 5, 0);
const all = { targets: Int32Array.of(0, 1, 2, 3, 4, 5) };

describe('outcomesOf', () => {
  it('equals numpy’s and scipy’s figures', () => {
    // z = np.float32(scores).reshape(3, 6).astype(float); p = scipy.special.softmax(z, axis=1); y = np.eye(6)[[2, 5, 0]]
    const found = outcomesOf(scores, labels, all);
    expect([...found.predicted]).toEqual([4, 0, 1]);
    expect([...found.top5]).toEqual([1, 0, 0]);
    // p.max(1)
    expect(found.confidence).toBeAllclose([0.6048134330040145, 0.16666666666666666, 0.9258739800574836]);
    // -np.log(p[range(3), [2, 5, 0]])
    expect(found.nll).toBeAllclose([3.002835243708681, 1.791759469228055, 9.077017144247796]);
    // ((p - y) ** 2).sum(1)
    expect(found.brier).toBeAllclose([1.3262066411321476, 0.8333333333333335, 1.8594994311694932]);
    expect([...correctness(found)]).toEqual([0, 0, 0]);
  });

  it('looks among the given classes alone, and at the class that stands for the data set’s', () => {
    const classMap = { targets: Int32Array.of(1, 2, 5), among: Int32Array.of(1, 2, 5) };
    const found = outcomesOf(scores, Int32Array.of(2, 1, 0), classMap);
    expect([...found.predicted]).toEqual([5, 1, 1]);
    expect([...found.labels]).toEqual([5, 2, 1]);
    // The same as of scores of these three classes.
    const own = scores.filter((_, i) => [1, 2, 5].includes(i % 6));
    const alone = outcomesOf(own, Int32Array.of(2, 1, 0), { targets: Int32Array.of(0, 1, 2) });
    for (const field of ['confidence', 'nll', 'brier', 'top5'] as const) expect(found[field]).toEqual(alone[field]);
  });

  it('keeps finite what is far apart', () => {
    const found = outcomesOf(Float32Array.of(1e4, -1e4), Int32Array.of(1), { targets: Int32Array.of(0, 1) });
    expect([found.confidence[0], found.nll[0], found.brier[0]]).toEqual([1, 2e4, 2]);
  });
});

describe('outcome files', () => {
  it('give back what was written, and nothing for what is damaged', () => {
    const found = { ...outcomesOf(scores, labels, all), measured: { norm: Float32Array.of(1, 2, 3) } };
    const bytes = Buffer.concat(encodeOutcomes(found, { model: 'a' }));
    expect(decodeOutcomes(bytes)).toEqual(found);
    for (const cut of [0, 5, 11, 40, bytes.length - 1]) expect(decodeOutcomes(bytes.subarray(0, cut))).toBeUndefined();
    const flipped = Buffer.from(bytes);
    flipped[bytes.length - 2]! ^= 1;
    expect(decodeOutcomes(flipped)).toBeUndefined();
    const joined = joinOutcomes([found, found]);
    expect([...joined.measured!.norm!]).toEqual([1, 2, 3, 1, 2, 3]);
    expect(joined.predicted).toHaveLength(6);
  });
});
