import type { HostParameter, Tensors } from '@mfm/models';
import { type Graph, trace, traceDynamicBatch } from '@mfm/onnx';
import type { BuiltModel } from './built-model.ts';
import type { HeadGraph } from './heads/head.ts';

/**
 * The graph of a head, with the parameters as initializers. Inputs take precedence over parameters of the same name.
 *
 * @param batch images of a batch; without it, the batch is open
 */
export function traceHead(
  head: HeadGraph,
  model: BuiltModel,
  parameters: Readonly<Record<string, HostParameter>>,
  batch?: number,
): Graph {
  const inputs = head.inputs(model);
  const names = Object.keys(inputs);
  const specs = {
    ...Object.fromEntries(
      Object.entries(inputs).map(([name, { shape, type = 'float32', whole }]) => [
        name,
        { shape: whole ? shape : [batch ?? 1, ...shape], dtype: type },
      ]),
    ),
    ...Object.fromEntries(
      model.tensors.parameters.map(({ name, shape }) => [name, { shape, data: parameters[name]!.data }]),
    ),
  };
  const run = (tensors: Tensors) =>
    head.run(model, tensors, Object.fromEntries(names.map((name) => [name, tensors[name]!])));
  return batch === undefined ? traceDynamicBatch(run, specs) : trace(run, specs);
}
