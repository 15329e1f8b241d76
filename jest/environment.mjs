import { TestEnvironment } from 'jest-environment-node';

// onnxruntime-node and tfjs check `instanceof Float32Array`; jest's sandbox has its own copies of these
// constructors, so values made by native code would fail the check. Pass the outer realm's on.
const shared = [
  'ArrayBuffer',
  'SharedArrayBuffer',
  'DataView',
  'Uint8Array',
  'Int8Array',
  'Uint8ClampedArray',
  'Uint16Array',
  'Int16Array',
  'Uint32Array',
  'Int32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
];

export default class NativeTypedArrays extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    for (const name of shared) this.global[name] = globalThis[name];
  }
}
