import { componentColours, principalComponents } from '../features/principal-components.ts';
import { normalise, type Rgba } from '../picture/pixels.ts';
import { type OpenModel, openModel } from './open-model.ts';
import type { Runtime } from './runtime.ts';

/** Features at places of a picture. */
interface FeatureMap {
  /** [height × width, channels], row by row. */
  readonly values: Float32Array<ArrayBuffer>;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** The first three principal components of a feature map as colours. */
export interface FeaturePicture {
  /** RGBA, [height, width, 4]. */
  readonly pixels: Rgba;
  readonly height: number;
  readonly width: number;
}

/** What an encoder says of one picture. */
export interface Features {
  /** Mean over all places, [D]. */
  readonly pooled: Float32Array<ArrayBuffer>;
  readonly picture: FeaturePicture;
  /** Milliseconds of the model's run, and of the principal components. */
  readonly milliseconds: { readonly model: number; readonly components: number };
}

interface FeatureTensor {
  readonly dims: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** Patch tokens [1, L, D] lie on a square grid. */
function fromTokens({ dims, data }: FeatureTensor): FeatureMap {
  const side = Math.round(Math.sqrt(dims[1]!));
  return { values: data, height: side, width: side, channels: dims[2]! };
}

/** A stage's map [1, C, h, w], brought to one row for each place. */
function fromStage({ dims, data }: FeatureTensor): FeatureMap {
  const [, channels = 0, height = 0, width = 0] = dims;
  const area = height * width;
  const values = Float32Array.from({ length: data.length }, (_, i) => {
    const [place, channel] = [Math.floor(i / channels), i % channels];
    return data[channel * area + place]!;
  });
  return { values, height, width, channels };
}

/** Where the map is, by the kind of encoder: of a ResNet or Swin, the third stage is the last that is not too coarse for a picture. */
const MAPS: readonly { output: string; read(tensor: FeatureTensor): FeatureMap }[] = [
  { output: 'patch_tokens', read: fromTokens },
  { output: 'stage_3', read: fromStage },
];

/** Loads a model of `--head features`. */
export function openFeatures(runtime: Runtime, url: string): Promise<OpenModel> {
  return openModel(runtime, url, 'pixel_values', ['mean_pooled']);
}

/**
 * Features of one picture.
 *
 * @param image [3, H, W] in [0, 1]; it is normalised as the model's metadata says
 */
export async function extractFeatures(
  { ort }: Runtime,
  { session, description }: OpenModel,
  image: Float32Array,
): Promise<Features> {
  const side = description.imageSize;
  const pixels = new ort.Tensor('float32', normalise(image, description), [1, 3, side, side]);
  const map = MAPS.find(({ output }) => session.outputNames.includes(output));
  if (!map) throw new Error(`extractFeatures: a model must give patch_tokens or stage_3, got ${session.outputNames}.`);
  const began = performance.now();
  const outputs = await session.run({ pixel_values: pixels }, ['mean_pooled', map.output]);
  const ended = performance.now();
  const { dims, data } = outputs[map.output]!;
  const { values, height, width, channels } = map.read({ dims, data: data as Float32Array<ArrayBuffer> });
  const colours = componentColours(principalComponents(values, height * width, channels));
  return {
    pooled: outputs.mean_pooled!.data as Float32Array<ArrayBuffer>,
    picture: { pixels: colours, height, width },
    milliseconds: { model: ended - began, components: performance.now() - ended },
  };
}
