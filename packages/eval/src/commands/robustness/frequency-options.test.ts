import { describe, expect, it } from '@jest/globals';
import { createCommand } from '@mfm/cli';
import { CLEAN } from '@mfm/robustness';
import { type FrequencyOptions, frequencySection, measureAttack } from './frequency-options.ts';

const parse = (...args: string[]) => {
  const command = frequencySection.addOptions(createCommand('robustness', '', []));
  command.parse(args, { from: 'user' });
  return command.opts<FrequencyOptions>();
};
const testsOf = async (...args: string[]) =>
  (await frequencySection.sharedTests!(parse(...args), { imageSize: 32, seed: 0 })).tests.map(({ id }) => id);

describe('the options of frequency analysis', () => {
  it('ask for nothing by default', async () => {
    expect(await testsOf()).toEqual([]);
    expect(parse().heatmapImages).toBe(100);
  });

  it('choose tests, their radii, shapes and noise', async () => {
    expect(
      await testsOf('--frequency', 'low-pass,heatmap', '--filter-radii', '2,4.5', '--filter-shapes', 'square'),
    ).toEqual(['low-pass/square/2', 'low-pass/square/4.5']);
    expect(await testsOf('--frequency', 'critical-band', '--band-noise', '0.1')).toEqual([
      'critical-band/no-noise',
      ...[1, 2, 4, 8, 16].map((centre) => `critical-band/${centre}/0.1`),
    ]);
  });

  it('mean all that needs no other option by "all"', () => {
    expect(parse('--frequency', 'all').frequency).toEqual([...['low-pass', 'high-pass', 'critical-band', 'heatmap']]);
  });

  it('measure spectra of attacks only if asked', () => {
    expect(measureAttack(parse(), CLEAN)).toBe(CLEAN);
    expect(measureAttack(parse('--frequency', 'perturbation-spectrum'), CLEAN).settings).toEqual({ spectrum: true });
  });

  it.each([
    [['--frequency', 'low-pas'], 'got "low-pas". Did you mean "low-pass"?'],
    [['--filter-radii', '4,x'], '--filter-radii: must be numbers above 0, separated by commas, got "4,x"'],
    [['--filter-shapes', 'ring'], '--filter-shapes: must be known, got "ring". Known: disc, square.'],
    [['--band-noise', '2'], 'and at most 1, separated by commas, got "2"'],
    [['--heatmap-images', '0'], '--heatmap-images: must be an integer of at least 1'],
    [['--heatmap-norm', '-1'], '--heatmap-norm: must be a number above 0'],
  ])('refuse %j', (args, message) => {
    expect(() => parse(...args)).toThrow(message);
  });
});
