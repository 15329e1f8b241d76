import { createEngine, type EngineOptions } from '@mfm/train';
import { parityCase } from './parity-case.ts';

// A process of its own for each engine: a driver that crashes, or a library that cannot be loaded, ends this one alone.

/** Steps timed after the one that is compared. */
const TIMED_STEPS = 3;
const RATE = 1e-3;

/** One line of JSON on standard output. */
export type StepReply =
  | { readonly error: string }
  | {
      readonly engine: string;
      readonly loss: number;
      readonly gradNorm: number;
      /** Median of the later steps. */
      readonly milliseconds: number;
      /** After one step: float32, little-endian, base64, by name. */
      readonly parameters: Readonly<Record<string, string>>;
      readonly expAvg: Readonly<Record<string, string>>;
    };

const encode = (arrays: Readonly<Record<string, Float32Array>>) =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, { buffer, byteOffset, byteLength }]) => [
      name,
      Buffer.from(buffer, byteOffset, byteLength).toString('base64'),
    ]),
  );

async function run(name: string, kind: EngineOptions['kind'], device: string): Promise<StepReply> {
  try {
    const { step, initial, batch } = parityCase(name);
    const engine = await createEngine({ kind, device, step, initial, accumulationSteps: 1 });
    const { loss, gradNorm } = await engine.step(batch, [RATE]);
    const { parameters, expAvg } = await engine.readState();
    const times: number[] = [];
    for (let i = 0; i < TIMED_STEPS; i++) {
      const start = performance.now();
      await engine.step(batch, [RATE]);
      times.push(performance.now() - start);
    }
    await engine.close();
    const milliseconds = times.sort((a, b) => a - b)[1]!;
    return {
      engine: engine.name,
      loss,
      gradNorm,
      milliseconds,
      parameters: encode(parameters),
      expAvg: encode(expAvg),
    };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

const [name = '', kind = '', device = ''] = process.argv.slice(2);
process.stdout.write(`\n${JSON.stringify(await run(name, kind as EngineOptions['kind'], device))}\n`, () =>
  process.exit(0),
);
