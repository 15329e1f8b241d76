import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostTensor, HostTensors } from '@mfm/onnx';

/** What the page fetches and sends. */
export interface PageFiles {
  /** Path of the ONNX file. */
  readonly model: string;
  readonly inputs: readonly HostTensors[];
  /** Filled by the page, one for each of `inputs`. */
  readonly outputs: HostTensors[];
}

/** A server on 127.0.0.1 for one page. */
export interface PageServer {
  readonly address: string;
  /** What `/model`, `/input` and `/output` mean from now on. */
  show(files: PageFiles): void;
}

const here = dirname(fileURLToPath(import.meta.url));
const ortFolder = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** Files of the page by address. */
function pageFile(path: string): string | undefined {
  if (path === '/') return join(here, '..', 'index.html');
  if (path === '/page.js') return join(here, 'page.js');
  const [, ort] = /^\/ort\/([\w.-]+)$/.exec(path) ?? [];
  return ort && join(ortFolder, ort);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const ARRAYS: Readonly<Record<string, (bytes: ArrayBuffer) => HostTensor['data']>> = {
  float32: (bytes) => new Float32Array(bytes),
  int64: (bytes) => new BigInt64Array(bytes),
  int32: (bytes) => new Int32Array(bytes),
  uint8: (bytes) => new Uint8Array(bytes),
  bool: (bytes) => new Uint8Array(bytes),
};

/** Starts the server; it ends with the process. */
export async function startPageServer(): Promise<PageServer> {
  let files: PageFiles | undefined;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const [run, name] = [Number(query.get('run')), query.get('name') ?? ''];
    if (request.method === 'POST') {
      const type = query.get('type') ?? '';
      const body = await readBody(request);
      const bytes = new Uint8Array(body).buffer;
      files!.outputs[run]![name] = {
        type: type as HostTensor['type'],
        dims: JSON.parse(query.get('dims') ?? '[]') as number[],
        data: ARRAYS[type]!(bytes),
      };
      response.end();
      return;
    }
    if (pathname === '/input') {
      const { data } = files!.inputs[run]![name]!;
      response.end(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      return;
    }
    const path = pathname === '/model' ? files!.model : pageFile(pathname);
    if (path === undefined) {
      response.writeHead(404).end();
      return;
    }
    const type = CONTENT_TYPES[/\.\w+$/.exec(path)?.[0] ?? ''] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type }).end(await readFile(path));
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/`,
    show(next) {
      files = next;
    },
  };
}
