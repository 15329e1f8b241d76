import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { io } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** What stands in a model.json and beside it. */
export interface SavedModel {
  json: {
    format: string;
    generatedBy: string;
    modelTopology: Record<string, unknown>;
    signature?: unknown;
    weightsManifest: { paths: string[]; weights: io.WeightsManifestEntry[] }[];
  };
  /** Content of weights.bin. */
  weights: Uint8Array;
}

/** A LayersModel as `model.save` writes it. */
export async function savedLayers(model: LayersModel): Promise<SavedModel> {
  let saved: SavedModel | undefined;
  await model.save({
    async save({ modelTopology, weightSpecs = [], weightData }: io.ModelArtifacts) {
      saved = {
        json: {
          format: 'layers-model',
          generatedBy: 'TensorFlow.js tfjs-layers v4.22.0',
          modelTopology: modelTopology as Record<string, unknown>,
          weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }],
        },
        weights: new Uint8Array(weightData as ArrayBuffer),
      };
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' as const } };
    },
  });
  return saved!;
}

/** Writes a model into a folder of its own and gives the path of its model.json. */
export async function writeModel(folder: string, { json, weights }: SavedModel): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'weights.bin'), weights);
  const path = join(folder, 'model.json');
  await writeFile(path, JSON.stringify(json));
  return path;
}
