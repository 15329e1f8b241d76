import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { modelsIn, offerModels } from './model-files.ts';
import { serve } from './serve.ts';
import { offerFolder } from './static-files.ts';

let folder: string;
let served: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-web-'));
  await mkdir(join(folder, 'page', 'assets'), { recursive: true });
  await writeFile(join(folder, 'secret.txt'), 'secret');
  await writeFile(join(folder, 'page', 'index.html'), '<p>page</p>');
  await writeFile(join(folder, 'page', 'assets', 'a b.wasm'), Uint8Array.of(1, 2, 3));
  await writeFile(join(folder, 'features.onnx'), Uint8Array.of(9));
  const models = await offerModels(await modelsIn(folder), 'Files.');
  served = await serve(new Map([...(await offerFolder(join(folder, 'page'))), ...models]), 0);
});

afterAll(async () => {
  served.server.close();
  served.server.closeAllConnections();
  await rm(folder, { recursive: true });
});

/** Unlike fetch, sends a path as it is. */
function get(path: string, { method = 'GET', host = '127.0.0.1' } = {}) {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    const { port } = new URL(served.url);
    const asked = request({ host: '127.0.0.1', port, path, method, headers: { host } }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    });
    asked.once('error', reject).end();
  });
}

describe('serve', () => {
  it('gives its files, isolated, with their types, to this machine', async () => {
    const index = await get('/?x=1');
    expect(index).toMatchObject({ status: 200, body: '<p>page</p>' });
    expect(index.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    });
    expect(await get('/models/features.onnx')).toMatchObject({ status: 200, body: '\t' });
    expect(JSON.parse((await get('/models/offered.json')).body)).toEqual({
      urls: { features: '/models/features.onnx' },
      origin: 'Files.',
    });
    expect(await get('/index.html', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
    expect(served.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  });

  it.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/secret.txt',
    '//etc/passwd',
    '/assets',
    '/models/../secret.txt',
    '/models/reconstruction.onnx',
    '/index.html%00',
  ])('has nothing at %s', async (path) => {
    const { status, body } = await get(path);
    expect(status).toBe(404);
    expect(body).not.toContain('secret');
  });

  it('answers to no other name, and takes nothing', async () => {
    expect((await get('/', { host: 'example.org' })).status).toBe(403);
    expect((await get('/', { host: 'localhost:80' })).status).toBe(200);
    expect((await get('/', { method: 'POST' })).status).toBe(405);
  });

  it('says that a port is taken, a folder has no models, a model is missing', async () => {
    const { port } = new URL(served.url);
    await expect(serve(new Map(), Number(port))).rejects.toThrow(`--port: ${port} is not free`);
    await expect(modelsIn(join(folder, 'page'))).rejects.toThrow('must hold one of reconstruction.onnx');
    await expect(offerModels({ features: join(folder, 'no.onnx') }, '')).rejects.toThrow(
      '--features: there is no file',
    );
    await expect(offerModels({ trainStep: join(folder, 'features.onnx') }, '')).rejects.toThrow(
      '"features.safetensors" must lie beside the model',
    );
  });
});
