import { type EncodeOptions, encodeModel } from '../proto/encode.ts';
import { type InputSpecs, type TensorFunction, trace } from './trace.ts';

/**
 * Turns a TensorFlow.js function into the bytes of an ONNX file; see {@link trace} for what the function may do and
 * {@link encodeModel} for the options.
 *
 * @example a tf.LayersModel: `traceToOnnx(({ x }) => ({ y: model.predict(x) }), { x: { shape: [1, 28, 28, 1] } })`
 */
export function traceToOnnx(fn: TensorFunction, inputs: InputSpecs, options: EncodeOptions = {}): Uint8Array {
  return encodeModel(trace(fn, inputs), options);
}
