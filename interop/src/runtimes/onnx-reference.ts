import { pythonRuntime } from './python-runtime.ts';

export const onnxReference = pythonRuntime('reference', {
  name: 'onnx.reference',
  description: 'the reference evaluator: each operator as the standard describes it, in numpy',
  runs: true,
});
