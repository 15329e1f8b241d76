import { type Remote, wrap } from 'comlink';
import type { OfferedModels } from '../model/offered-models.ts';
import type { Engine, Loaded } from '../worker/engine.ts';
import type { Device } from '../worker/runtime.ts';

/** An engine with its models loaded. */
export interface EngineClient {
  readonly remote: Remote<Engine>;
  readonly device: Device;
  readonly description: string;
  readonly loaded: Loaded;
  /** Ends the worker; what it was doing comes to nothing. */
  close(): void;
}

/**
 * Starts a worker on a device and loads the models.
 *
 * @throws Error in plain words when the device is not there or a model cannot be loaded
 */
export async function startEngine(device: Device, offered: OfferedModels): Promise<EngineClient> {
  const worker = new Worker(new URL('../worker/engine.ts', import.meta.url), { type: 'module' });
  try {
    const remote = wrap<Engine>(worker);
    const description = await remote.open(device);
    const loaded = await remote.load(offered.urls);
    return { remote, device, description, loaded, close: () => worker.terminate() };
  } catch (error) {
    worker.terminate();
    throw error;
  }
}
