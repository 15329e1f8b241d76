import type { InferenceSession } from 'onnxruntime-web';
import { describeModel, type ModelDescription } from '../model/model-description.ts';
import { readMetadata } from '../model/read-metadata.ts';
import type { Runtime } from './runtime.ts';

/** A model in memory, ready to run. */
export interface OpenModel {
  readonly session: InferenceSession;
  readonly metadata: Readonly<Record<string, string>>;
  readonly description: ModelDescription;
}

/** Fetches one of the files that the server offers. */
export async function fetchBytes(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: the server answered ${response.status} ${response.statusText}.`);
  return new Uint8Array(await response.arrayBuffer());
}

/**
 * Loads a model.
 *
 * @param image name of its input of images, `[batch, 3, H, W]`
 * @param needed names of further inputs and outputs that it must have
 * @param options of the session, where they depend on what the file says of itself
 * @throws Error when the file is not such a model
 */
export async function openModel(
  { ort, device }: Runtime,
  url: string,
  image: string,
  needed: readonly string[],
  options: (metadata: Readonly<Record<string, string>>) => InferenceSession.SessionOptions = () => ({}),
): Promise<OpenModel> {
  const bytes = await fetchBytes(url);
  const metadata = readMetadata(bytes);
  const session = await ort.InferenceSession.create(bytes, { executionProviders: [device], ...options(metadata) });
  const missing = [image, ...needed].filter((name) => ![...session.inputNames, ...session.outputNames].includes(name));
  if (missing.length > 0) {
    throw new Error(
      `${url} must have ${missing.join(', ')} among its inputs and outputs. Export it with another --head.`,
    );
  }
  const input = session.inputMetadata.find(({ name }) => name === image);
  const shape = input?.isTensor ? input.shape : [];
  return { session, metadata, description: describeModel(metadata, shape) };
}
