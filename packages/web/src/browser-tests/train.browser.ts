import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readSafetensors } from '@mfm/models';
import type { Browser, Page } from 'playwright-core';
import { openPage, readCanvas, startBrowser } from './browser-page.ts';
import { startWebServer, type WebServer } from './web-server.ts';

const EXPORT = fileURLToPath(new URL('../../../export/dist/cli.js', import.meta.url));

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

const number = async (page: Page, id: string) => Number.parseFloat((await page.locator(`#${id}`).textContent())!);
const status = (page: Page, text: RegExp) => page.locator('#status', { hasText: text }).waitFor();

async function openTraining(steps: number) {
  const watched = await openPage(browser, server.url);
  await watched.page.getByRole('tab', { name: 'Train' }).click();
  await watched.page.getByLabel('Steps').fill(String(steps));
  return watched;
}

describe('the second tab', () => {
  it('trains: the loss falls, and the held-out picture is restored better', async () => {
    const { page, requests, errors } = await openTraining(40);
    await page.getByRole('button', { name: 'Start' }).click();
    await page.locator('#train-held-out', { hasText: /\d/ }).waitFor();
    const before = await number(page, 'train-held-out');
    await status(page, /^Finished after 40 steps/);
    expect(await number(page, 'train-held-out')).toBeLessThan(0.9 * before);
    expect(await page.locator('#train-step').textContent()).toBe('40 of 40');
    expect(await number(page, 'train-milliseconds')).toBeGreaterThan(0);
    const [picture, untrained, trained] = [
      await readCanvas(page, 'held-out'),
      await readCanvas(page, 'low-start'),
      await readCanvas(page, 'low-now'),
    ];
    const error = (other: readonly number[]) => picture.reduce((sum, value, i) => sum + (value - other[i]!) ** 2, 0);
    expect(error(trained)).toBeLessThan(0.8 * error(untrained));
    const chart = page.getByRole('img', { name: /^Loss curve: training from .* after 40 steps$/ });
    expect(await chart.locator('path').count()).toBe(3);
    expect(requests.filter((url) => !url.startsWith(server.url) && !url.startsWith(`blob:${server.url}`))).toEqual([]);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('pauses, goes on, gives its weights away, and begins anew with the same curve', async () => {
    const { page } = await openTraining(12);
    const start = page.locator('#start');
    await start.focus();
    await page.keyboard.press('Enter');
    await page.locator('#train-step', { hasText: /^[2-9]/ }).waitFor();
    await page.keyboard.press('Enter');
    await status(page, /^Paused after \d+ steps/);
    const paused = await page.locator('#train-step').textContent();
    expect(await start.textContent()).toBe('Go on');
    expect(Number.parseInt(paused!, 10)).toBeLessThan(12);
    await page.waitForTimeout(300);
    expect(await page.locator('#train-step').textContent()).toBe(paused);
    await start.click();
    await status(page, /^Finished after 12 steps/);
    const [loss, heldOut] = [await number(page, 'train-loss'), await number(page, 'train-held-out')];

    const folder = await mkdtemp(join(tmpdir(), 'mfm-web-'));
    const file = join(folder, 'trained.safetensors');
    const waiting = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download weights' }).click();
    await (await waiting).saveAs(file);
    const { metadata, tensors } = await readSafetensors(file);
    expect(metadata.step).toBe('12');
    expect(Object.values(tensors).every(({ data }) => (data as Float32Array).every(Number.isFinite))).toBe(true);
    const out = join(folder, 'trained.onnx');
    const exported = execFileSync(process.execPath, [EXPORT, '--checkpoint', file, '--onnx', out, '--json']);
    expect(JSON.parse(exported.toString())).toMatchObject({ source: { kind: 'checkpoint', step: 12 } });
    await rm(folder, { recursive: true });

    await page.getByRole('button', { name: 'Reset' }).click();
    await status(page, /back at its beginning/);
    await start.click();
    await status(page, /^Finished after 12 steps/);
    // Threads may add in another order.
    expect(await number(page, 'train-loss')).toBeCloseTo(loss, 3);
    expect(await number(page, 'train-held-out')).toBeCloseTo(heldOut, 3);
    await page.context().close();
  });

  it('makes the same steps by WebGPU, the state staying there; another device begins anew', async () => {
    const { page, errors } = await openTraining(4);
    await page.getByRole('button', { name: 'Start' }).click();
    await status(page, /^Finished after 4 steps/);
    const onWasm = await number(page, 'train-held-out');
    await page.getByRole('radio', { name: 'WebGPU' }).check();
    await status(page, /Ready on WebGPU.* begins anew/);
    expect(await page.locator('#train-step').textContent()).toBe('–');
    await page.getByRole('button', { name: 'Start' }).click();
    await status(page, /^Finished after 4 steps/);
    expect(await number(page, 'train-held-out')).toBeCloseTo(onWasm, 3);
    const waiting = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download weights' }).click();
    const { tensors } = await readSafetensors(
      await (await waiting).path().then(async (path) => {
        // The reader goes by the name's ending.
        const { copyFile } = await import('node:fs/promises');
        await copyFile(path, `${path}.safetensors`);
        return `${path}.safetensors`;
      }),
    );
    expect(Object.values(tensors).some(({ data }) => (data as Float32Array).some((value) => value !== 0))).toBe(true);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('says in plain words what a field must hold', async () => {
    const { page } = await openTraining(4);
    await page.getByLabel('Steps').fill('0');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('alert').filter({ hasText: 'Steps must be a number from 1 to 20000, got "0"' }).waitFor();
    expect(await page.getByRole('button', { name: 'Start' }).isEnabled()).toBe(true);
    await page.context().close();
  });
});
