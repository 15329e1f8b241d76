import { describe, expect, it } from '@jest/globals';
import { explainTensorflowError, loadTensorflow } from './load-tensorflow.ts';
import { eagerBackend } from './tfjs-backend.ts';

const explain = (message: string, node = '20.20.2') => explainTensorflowError(new Error(message), node);

describe('explainTensorflowError', () => {
  it.each([
    [
      'The Node.js native addon module (tfjs_binding.node) can not be found at path: /x/tfjs_binding.node. \nPlease run command',
      /^TensorFlow's native binding is not there\. "pnpm setup:tensorflow" fetches it/,
    ],
    [
      'libcudart.so.11.0: cannot open shared object file: No such file or directory',
      /CUDA 11\.2 and cuDNN 8\.1 .* libcudart\.so\.11\.0/,
    ],
    ['libcudnn.so.8: cannot open shared object file: No such file', /and libcudnn\.so\.8 is not there\.$/],
    [
      'libtensorflow_cc.so.2: cannot open shared object file: No such file',
      /^TensorFlow's library libtensorflow_cc\.so\.2 is not beside/,
    ],
    [
      "Cannot find package '@tensorflow/tfjs-node' imported from /x.js",
      /^It was left out of the installation\. Run "npm run setup"/,
    ],
    ['something new\nand more', /^something new\. "pnpm setup:tensorflow"/],
  ])('says what %j means', (message, expected) => {
    expect(explain(message)).toMatch(expected);
  });

  it('names a version of Node that the binding does not work on before anything else', () => {
    expect(explain('(0 , util_1.isNullOrUndefined) is not a function', '24.1.0')).toBe(
      "TensorFlow's binding (tfjs-node 4.22) needs Node below 23, this is 24.1.0. Use Node 20 or 22.",
    );
  });
});

describe('loadTensorflow', () => {
  it('tries the GPU first, and keeps what the GPU lacks over what the other package says', async () => {
    const tried: string[] = [];
    const load = (gpu: string, cpu: string) => (name: string) => {
      tried.push(name);
      return Promise.reject(new Error(name.endsWith('gpu') ? gpu : cpu));
    };
    const unbuilt = 'The Node.js native addon module (tfjs_binding.node) can not be found at path: /x.';
    await expect(loadTensorflow(load(unbuilt, unbuilt))).rejects.toThrow(/native binding is not there/);
    expect(tried).toEqual(['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']);
    const cuda = 'libcublas.so.11: cannot open shared object file: No such file';
    await expect(loadTensorflow(load(cuda, unbuilt))).rejects.toThrow(/libcublas\.so\.11 is not there/);
  });
});

describe('eagerBackend', () => {
  it('lets the tensorflow engine choose its device', () => {
    expect(eagerBackend('tensorflow', 'auto')).toBe('tensorflow');
    expect(eagerBackend('tfjs', 'wasm')).toBe('wasm');
    expect(() => eagerBackend('tensorflow', 'cuda')).toThrow('got device "cuda". Leave --device out.');
  });
});
