import { cast, denseBincount, expandDims, getBackend, type Tensor, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';

/** The methods of a layer that are corrected; the classes themselves are not exported. */
interface LayerMethods {
  computeOutputShape(shape: unknown): unknown;
  call(inputs: Tensor | Tensor[], kwargs: Record<string, unknown>): Tensor;
}

const methodsOf = (layer: object) => Object.getPrototypeOf(layer) as LayerMethods;

interface CategoryEncoding {
  readonly numTokens: number;
  readonly outputMode: 'multiHot' | 'count' | 'oneHot';
}

/** CategoryEncoding without its check of the values' range, which reads them; an index out of range counts nowhere. */
function encodeCategories({ numTokens, outputMode }: CategoryEncoding, inputs: Tensor | Tensor[]): Tensor {
  return tidy(() => {
    const indices = cast([inputs].flat()[0]!, 'int32');
    const rows = outputMode === 'oneHot' && indices.shape.at(-1) !== 1 ? expandDims(indices, -1) : indices;
    return denseBincount(rows as Tensor2D, [], numTokens, outputMode !== 'count');
  });
}

let corrected = false;

/** Corrects what of TensorFlow.js 4.22's layers stands in the way of a conversion; once, for the whole program. */
export function correctLayers(): void {
  if (corrected) return;
  corrected = true;
  const centerCrop = methodsOf(layers.centerCrop({ height: 1, width: 1 }));
  const encoding = methodsOf(layers.categoryEncoding({ numTokens: 1 }));
  for (const methods of [centerCrop, encoding]) {
    const { computeOutputShape } = methods;
    // Both write their result into the shape that they are given: the model's input would get the output's.
    methods.computeOutputShape = function (shape) {
      return computeOutputShape.call(this, structuredClone(shape));
    };
  }
  const { call } = encoding;
  // Elsewhere, the parity check included, the layer stays as it is.
  encoding.call = function (inputs, kwargs) {
    const isRecorded = getBackend() === 'onnx-tracing';
    return isRecorded ? encodeCategories(this as unknown as CategoryEncoding, inputs) : call.call(this, inputs, kwargs);
  };
}
