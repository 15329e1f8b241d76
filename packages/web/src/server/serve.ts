import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { UserError } from '@mfm/cli';
import type { Offer, OfferedFile } from './static-files.ts';

const HOST = '127.0.0.1';

/** Names by which a browser on this machine may call it. Others are refused: a foreign page could have its name point here. */
const HOSTS = ['127.0.0.1', 'localhost'];

const HEADERS = {
  // Together these isolate the page, which gives it shared memory, and so WebAssembly its threads.
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // Nothing but this server can be reached from the page, whatever it is made to do.
  'Content-Security-Policy':
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; img-src 'self' blob: data:; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
};

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...HEADERS, 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}

async function send(response: ServerResponse, { type, content }: OfferedFile, withBody: boolean): Promise<void> {
  const length = 'text' in content ? Buffer.byteLength(content.text) : (await stat(content.path)).size;
  response.writeHead(200, { ...HEADERS, 'Content-Type': type, 'Content-Length': length });
  if (!withBody) response.end();
  else if ('text' in content) response.end(content.text);
  else await pipeline(createReadStream(content.path), response);
}

async function answer(offer: Offer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const host = request.headers.host?.replace(/:\d+$/, '') ?? '';
  if (!HOSTS.includes(host)) return refuse(response, 403, 'This server answers to 127.0.0.1 alone.');
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'Only GET and HEAD.');
  // A look-up in a list: no path leads out of it.
  const file = offer.get(request.url?.replace(/\?.*$/, '') ?? '');
  if (!file) return refuse(response, 404, 'There is no such file.');
  await send(response, file, request.method === 'GET');
}

/**
 * Serves files on 127.0.0.1, and nothing but these.
 *
 * @param port 0 for any that is free
 * @returns the server, and the URL it answers at
 * @throws UserError when the port is taken
 */
export async function serve(offer: Offer, port: number): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    // A client that goes away, or a file that does, ends this answer, not the server.
    answer(offer, request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else refuse(response, 500, 'The file cannot be read any more.');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE' || error.code === 'EACCES';
      reject(isTaken ? new UserError(`--port: ${port} is not free. Choose another, or 0 for any.`) : error);
    });
    server.listen(port, HOST, resolve);
  });
  return { server, url: `http://${HOST}:${(server.address() as AddressInfo).port}/` };
}
