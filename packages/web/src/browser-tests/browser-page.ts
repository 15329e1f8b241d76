import { findChromium } from '@mfm/cli';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** WebGPU on a machine without a GPU: computed by SwiftShader, which comes with Chromium. */
const WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'];

/** Milliseconds after which nothing more is to be expected. */
const SLOW = 240_000;

/** Starts a headless Chromium, with WebGPU by software or without any. */
export async function startBrowser({ webgpu }: { webgpu: boolean }): Promise<Browser> {
  const executablePath = findChromium();
  if (!executablePath) {
    throw new Error(
      'test:web: Chromium must be installed. On Debian: apt-get install --no-install-recommends chromium; or set CHROMIUM to a browser’s path.',
    );
  }
  return chromium.launch({ executablePath, args: webgpu ? WEBGPU : ['--disable-gpu'] });
}

/** A page, and what went over its wires and wrong in it. */
export interface WatchedPage {
  readonly page: Page;
  /** Every URL that was asked for. */
  readonly requests: string[];
  /** Console errors and uncaught exceptions. */
  readonly errors: string[];
}

/** Opens the page and waits until its models are loaded. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  // WebGPU by software on a busy machine compiles its shaders for half a minute.
  context.setDefaultTimeout(SLOW);
  const page = await context.newPage();
  const watched: WatchedPage = { page, requests: [], errors: [] };
  context.on('request', (request) => watched.requests.push(request.url()));
  page.on('console', (message) => {
    if (message.type() === 'error') watched.errors.push(message.text());
  });
  page.on('pageerror', (error) => watched.errors.push(String(error)));
  await page.goto(url);
  await page.waitForFunction(() => document.documentElement.dataset.state !== 'loading');
  await settled(page);
  return watched;
}

/** Waits until everything that was asked of the models has been drawn. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => document.documentElement.dataset.busy === '0');
}

/** Bytes of a canvas, RGBA. */
export async function readCanvas(page: Page, id: string): Promise<number[]> {
  return page.evaluate((name) => {
    const canvas = document.getElementById(name) as HTMLCanvasElement;
    return [...canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height).data];
  }, id);
}

/** Moves a slider as its keys would. */
export async function setSlider(page: Page, id: string, value: number): Promise<void> {
  await page.locator(`#${id}`).fill(String(value));
  await settled(page);
}
