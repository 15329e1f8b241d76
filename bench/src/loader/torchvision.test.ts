import { existsSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { SCRIPT, timeTorchvision } from './torchvision.ts';

describe('timeTorchvision', () => {
  it('has its script', () => {
    expect(existsSync(SCRIPT)).toBe(true);
  });

  it.each([
    ['no Python', 'no-such-python', /\(no no-such-python\)\. Install it .*--python/],
    // Ends at once with an error, as Python does where a module is missing.
    ['no module', 'false', /is not timed .* Install it/],
  ])('says how to get it where there is %s', async (_, python, message) => {
    expect(await timeTorchvision('.', 32, 1, python)).toEqual({ missing: expect.stringMatching(message) });
  });
});
