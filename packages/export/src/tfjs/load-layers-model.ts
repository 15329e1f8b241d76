import { UserError } from '@mfm/cli';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type LayersModel, layers, loadLayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { correctLayers } from './layer-corrections.ts';
import { checkLayersTopology } from './layers-topology.ts';
import type { ModelFile } from './model-file.ts';
import type { TfjsInput, TfjsModel } from './tfjs-model.ts';
import { uniqueNames } from './unique-names.ts';
import { elementCount } from './weight-manifest.ts';

/** The part of a layer that asks for memory; protected in TensorFlow.js's types. */
interface WeightOwner {
  addWeight(name: string, shape: readonly number[], ...rest: unknown[]): unknown;
}

/**
 * Runs `build` while layers may not ask for more weights than the file holds: a damaged number of units must not allocate
 * gigabytes of zeros that no weight would ever fill.
 */
async function withinBudget<T>({ specs, path }: ModelFile, build: () => Promise<T>): Promise<T> {
  const prototype = layers.Layer.prototype as unknown as WeightOwner;
  const original = prototype.addWeight;
  let left = specs.reduce((sum, spec) => sum + elementCount(spec), 0);
  prototype.addWeight = function (this: WeightOwner & { name: string }, name, shape, ...rest) {
    left -= shape.reduce((product, length) => product * length, 1);
    if (!(left >= 0)) {
      throw new UserError(
        `${path}: the topology's layers must have the weights that the file holds, but "${this.name}" asks for ${name} ` +
          `[${shape}] beyond them. Topology and weights do not belong together.`,
      );
    }
    return original.call(this, name, shape, ...rest);
  };
  try {
    return await build();
  } finally {
    prototype.addWeight = original;
  }
}

const DTYPES = ['float32', 'int32', 'bool'] as const;

/** Keras names a model's inputs and outputs after their layers; a Sequential's own lists of names are empty. */
const layerNames = (values: readonly SymbolicTensor[]) =>
  uniqueNames(values.map(({ sourceLayer }) => sourceLayer.name));

function inputsOf(model: LayersModel, path: string): TfjsInput[] {
  const names = layerNames(model.inputs);
  return model.inputs.map(({ shape, dtype }, index) => {
    const known = DTYPES.find((type) => type === dtype);
    if (!known)
      throw new UserError(`${path}: inputs must be float32, int32 or bool, got ${dtype} for "${names[index]}".`);
    return { name: names[index]!, shape, dtype: known };
  });
}

/**
 * Builds a LayersModel from its file.
 *
 * @throws UserError for a damaged topology, custom or stateful layers, and weights that do not fit the layers
 */
export async function loadLayers(file: ModelFile): Promise<TfjsModel> {
  checkLayersTopology(file.topology, file.path);
  correctLayers();
  const { topology, specs, weightData } = file;
  const artifacts = { modelTopology: topology, weightSpecs: [...specs], weightData };
  const model = await withinBudget(file, () => loadLayersModel({ load: async () => artifacts }));
  const outputs = layerNames(model.outputs);
  const weightNames = uniqueNames(model.weights.map(({ originalName }) => originalName));
  return {
    inputs: inputsOf(model, file.path),
    outputs,
    weights: Object.fromEntries(model.weights.map((weight, index) => [weightNames[index]!, weight.read()])),
    run(inputs) {
      const fed = Object.values(inputs);
      const results = [model.apply(fed.length === 1 ? fed[0]! : fed, { training: false }) as Tensor | Tensor[]].flat();
      return Object.fromEntries(results.map((tensor, index) => [outputs[index]!, tensor]));
    },
    dispose: () => void model.dispose(),
  };
}
