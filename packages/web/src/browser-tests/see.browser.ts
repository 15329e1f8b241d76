import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openPage, readCanvas, setSlider, settled, startBrowser } from './browser-page.ts';
import { type ExpectedMask, expectedCorruption } from './expected-corruption.ts';
import { startWebServer, type WebServer } from './web-server.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let server: WebServer;
let browser: Browser;

beforeAll(async () => {
  server = await startWebServer();
  browser = await startBrowser({ webgpu: true });
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

const largestDifference = (a: readonly number[], b: readonly number[]) =>
  a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), a.length === b.length ? 0 : Number.NaN);

const spread = (values: readonly number[]) => Math.max(...values) - Math.min(...values);

/** The picture that is left must be, byte by byte, what the definition leaves; rounding to a byte may fall either way. */
async function expectCorruption(page: Page, mask: ExpectedMask): Promise<void> {
  const [picture, corrupted] = [await readCanvas(page, 'picture'), await readCanvas(page, 'corrupted')];
  expect(largestDifference(corrupted, expectedCorruption(picture, mask))).toBeLessThanOrEqual(1);
}

/** Drops a file on the page, as a mouse would. */
async function drop(page: Page, name: string, type: string, bytes: Buffer): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([text, fileName, fileType]) => {
      const data = new DataTransfer();
      const content = Uint8Array.from(atob(text!), (character) => character.charCodeAt(0));
      data.items.add(new File([content], fileName!, { type: fileType! }));
      return data;
    },
    [bytes.toString('base64'), name, type],
  );
  await page.dispatchEvent('#drop-zone', 'drop', { dataTransfer: transfer });
}

/** A PNG of 90 × 60 pixels, made in the browser: a red disc on a slope of blue. */
async function makePng(page: Page): Promise<Buffer> {
  const url = await page.evaluate(() => {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: 90, height: 60 });
    const context = canvas.getContext('2d')!;
    for (let x = 0; x < 90; x++) {
      context.fillStyle = `rgb(40 90 ${Math.round((255 * x) / 90)})`;
      context.fillRect(x, 0, 1, 60);
    }
    context.fillStyle = 'rgb(220 30 20)';
    context.arc(45, 30, 18, 0, 7);
    context.fill();
    return canvas.toDataURL('image/png');
  });
  return Buffer.from(url.split(',')[1]!, 'base64');
}

const lastReconstruction = (page: Page) =>
  page.evaluate(() => {
    const { reconstruction } = (globalThis as unknown as { mfm: { reconstruction: Record<string, Float32Array> } }).mfm;
    return [...reconstruction.corrupted!, ...reconstruction.reconstruction!];
  });

describe('the first tab', () => {
  it('shows a sample at once, with times, and asks nobody but its own server', async () => {
    const { page, requests, errors } = await openPage(browser, server.url);
    for (const id of ['picture', 'corrupted', 'restored', 'picture-spectrum', 'restored-spectrum', 'feature-map']) {
      expect(spread((await readCanvas(page, id)).filter((_, i) => i % 4 < 3))).toBeGreaterThan(60);
    }
    const times = await page.locator('#timings td').allTextContents();
    expect(times).toHaveLength(8);
    for (const time of times) expect(Number(time)).toBeGreaterThanOrEqual(0);
    expect(await page.locator('#device-text').textContent()).toMatch(/^WebAssembly, \d+ threads?$/);
    expect(await page.evaluate(() => globalThis.crossOriginIsolated)).toBe(true);
    expect(requests.length).toBeGreaterThan(5);
    expect(requests.filter((url) => !url.startsWith(server.url) && !url.startsWith(`blob:${server.url}`))).toEqual([]);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('leaves of the picture what the definition leaves, at every choice of the mask', async () => {
    const { page } = await openPage(browser, server.url);
    await page.getByRole('radio', { name: 'Cells 1' }).check();
    await setSlider(page, 'radius', 5);
    await expectCorruption(page, { keep: 'low', radius: 5 });
    const [wide, share] = [await readCanvas(page, 'corrupted'), await page.locator('#kept').textContent()];
    await setSlider(page, 'radius', 2.5);
    await expectCorruption(page, { keep: 'low', radius: 2.5 });
    expect(largestDifference(await readCanvas(page, 'corrupted'), wide)).toBeGreaterThan(10);
    expect(await page.locator('#kept').textContent()).not.toBe(share);
    await page.getByRole('radio', { name: 'High', exact: true }).check();
    await settled(page);
    await expectCorruption(page, { keep: 'high', radius: 2.5 });
    await page.getByLabel('End the band').check();
    await setSlider(page, 'outer-radius', 6);
    await expectCorruption(page, { keep: 'high', radius: 2.5, outerRadius: 6 });
    await page.getByRole('radio', { name: 'Low', exact: true }).check();
    await settled(page);
    await expectCorruption(page, { keep: 'low', radius: 2.5, outerRadius: 6 });
    await page.context().close();
  });

  it('puts known frequencies back, which never makes it worse', async () => {
    const { page } = await openPage(browser, server.url);
    const quality = async () => Number.parseFloat((await page.locator('#restored-quality').textContent())!);
    const completed = await quality();
    await page.getByLabel('Put the known frequencies back').uncheck();
    await settled(page);
    expect(await quality()).toBeLessThan(completed);
    await page.context().close();
  });

  it('computes the same by WebAssembly and by WebGPU', async () => {
    const { page, errors } = await openPage(browser, server.url);
    const onWasm = await lastReconstruction(page);
    const neighbours = await page.locator('#neighbours').textContent();
    await page.getByRole('radio', { name: 'WebGPU' }).check();
    await page.locator('#status', { hasText: 'Ready on WebGPU' }).waitFor();
    await settled(page);
    const onWebgpu = await lastReconstruction(page);
    expect(onWasm.length).toBeGreaterThan(1000);
    expect(largestDifference(onWebgpu, onWasm)).toBeLessThan(1e-3);
    expect(await page.locator('#neighbours').textContent()).toBe(neighbours);
    expect(await page.locator('#problem').isHidden()).toBe(true);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('takes a dropped picture, and finds the same picture again as its nearest', async () => {
    const { page } = await openPage(browser, server.url);
    const before = await readCanvas(page, 'picture');
    const png = await makePng(page);
    await drop(page, 'disc.png', 'image/png', png);
    await page.getByRole('radio', { name: 'disc.png' }).waitFor();
    await settled(page);
    const picture = await readCanvas(page, 'picture');
    expect(largestDifference(picture, before)).toBeGreaterThan(50);
    // The crop's middle is the disc.
    const side = Math.sqrt(picture.length / 4);
    const middle = 4 * ((side / 2) * side + side / 2);
    expect(largestDifference(picture.slice(middle, middle + 4), [220, 30, 20, 255])).toBeLessThanOrEqual(2);
    await page.locator('#file').setInputFiles({ name: 'again.png', mimeType: 'image/png', buffer: png });
    await page.getByRole('radio', { name: 'again.png' }).waitFor();
    await settled(page);
    const cosines = await page
      .locator('#neighbours data')
      .evaluateAll((all) => all.map((e) => Number((e as HTMLDataElement).value)));
    expect(cosines).toHaveLength(4);
    expect(cosines[0]).toBeCloseTo(1, 5);
    expect([...cosines].sort((a, b) => b - a)).toEqual(cosines);
    expect(await page.locator('#neighbours li').first().textContent()).toContain('disc.png');
    await page.context().close();
  });

  it('says in plain words that a file is no picture, and goes on', async () => {
    const { page } = await openPage(browser, server.url);
    await drop(page, 'notes.txt', 'text/plain', Buffer.from('no picture'));
    await page.getByRole('alert').filter({ hasText: '"notes.txt" (text/plain) is not a picture' }).waitFor();
    await drop(page, 'cut.png', 'image/png', (await makePng(page)).subarray(0, 40));
    await page.getByRole('alert').filter({ hasText: '"cut.png" (image/png) is not a picture' }).waitFor();
    await page.getByRole('button', { name: 'Close this message' }).click();
    await setSlider(page, 'radius', 3);
    await expectCorruption(page, { keep: 'low', radius: 3 });
    await page.context().close();
  });

  it('says so where there is no WebGPU, and stays on WebAssembly', async () => {
    const plain = await startBrowser({ webgpu: false });
    try {
      const { page } = await openPage(plain, server.url);
      await page.getByRole('radio', { name: 'WebGPU' }).check();
      await page.getByRole('alert').filter({ hasText: 'WebGPU' }).filter({ hasText: 'Choose WebAssembly' }).waitFor();
      expect(await page.getByRole('radio', { name: 'WebAssembly' }).isChecked()).toBe(true);
      expect(await page.locator('#status').textContent()).toMatch(/^Still on WebAssembly/);
      await setSlider(page, 'radius', 3);
      await expectCorruption(page, { keep: 'low', radius: 3 });
    } finally {
      await plain.close();
    }
  });
});

describe('with some of the models alone', () => {
  it('says which is missing, and shows the rest', async () => {
    const root = fileURLToPath(new URL('../../../..', import.meta.url));
    const partial = await startWebServer('--features', join(root, 'runs', 'web', 'features.onnx'));
    try {
      const { page, errors } = await openPage(browser, partial.url);
      expect(await page.locator('#no-reconstruction').textContent()).toContain('--reconstruction');
      expect(await page.locator('#no-reconstruction').isVisible()).toBe(true);
      expect(await page.locator('#mask-card').isVisible()).toBe(false);
      expect(await page.locator('#neighbours li').count()).toBe(4);
      await page.getByRole('tab', { name: 'Train' }).click();
      expect(await page.locator('#no-train-step').isVisible()).toBe(true);
      expect(await page.getByRole('button', { name: 'Start' }).isDisabled()).toBe(true);
      expect(errors).toEqual([]);
      await page.context().close();
    } finally {
      await partial.close();
    }
  });
});

describe('without a mouse', () => {
  it('tabs, pictures, sliders and choices all work by keys', async () => {
    const { page } = await openPage(browser, server.url);
    const focused = () =>
      page.evaluate(() => document.activeElement?.id || (document.activeElement as HTMLInputElement)?.value);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
    const visited: string[] = [];
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press('Tab');
      visited.push(await focused());
    }
    // One stop for each group; the Train tab is reached by arrows.
    expect(visited.slice(0, 5)).toEqual(['device-wasm', 'file', '0', 'tab-see', 'low']);
    expect(visited.slice(5, 9)).toEqual(['radius', 'band', 'complete', 'brighten']);
    await page.locator('#radius').focus();
    const before = Number(await page.locator('#radius').inputValue());
    await page.keyboard.press('ArrowRight');
    await settled(page);
    await expectCorruption(page, { keep: 'low', radius: before + 0.5 });
    await page.getByRole('radio', { name: 'Hills 1' }).focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('radio', { name: 'Hills 2' }).isChecked()).toBe(true);
    await page.locator('#tab-see').focus();
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toBe('tab-train');
    expect(await page.locator('#train').isVisible()).toBe(true);
    await page.keyboard.press('Home');
    expect(await page.locator('#see').isVisible()).toBe(true);
    await page.context().close();
  });
});

describe('accessibility', () => {
  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const)('has nothing that axe objects to, in %s at %d px', async (colorScheme, width) => {
    const { page } = await openPage(browser, server.url, { colorScheme, viewport: { width, height: 844 } });
    // Not addScriptTag: the page's policy allows no script but its own.
    await page.evaluate(AXE);
    for (const tab of ['See', 'Train']) {
      await page.getByRole('tab', { name: tab }).click();
      const violations = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
        const results = await axe.run(document, { resultTypes: ['violations'] });
        return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
      });
      expect(violations).toEqual([]);
      // No sideways scrolling at any width.
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    }
    await page.context().close();
  });
});
