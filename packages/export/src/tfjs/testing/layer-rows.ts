import {
  initializers,
  input,
  type layers as Layers,
  type LayersModel,
  layers,
  model,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';

type Layer = InstanceType<typeof Layers.Layer>;

/** A layer in a model of its own; `make` may make several layers, of which the last is the one that the row is about. */
export interface LayerRow {
  /** Class as in model.json. */
  className: string;
  /** What is special about this row. */
  note?: string;
  /** Shapes of its inputs without the batch. */
  inputs: number[][];
  make: () => Layer;
  dtype?: 'float32' | 'int32';
}

const image = [8, 8, 3];
const sequence = [6, 4];
const volume = [4, 6, 6, 2];

const on = (inputs: number[][], className: string, make: () => unknown, note = ''): LayerRow => ({
  className,
  inputs,
  make: make as () => Layer,
  note,
});
const onImage = (className: string, make: () => unknown, note = '') => on([image], className, make, note);
const onSequence = (className: string, make: () => unknown, note = '') => on([sequence], className, make, note);
const merging = (className: string, make: () => unknown, note = '', shape = [5, 4]) =>
  on([shape, shape], className, make, note);

const kernelInitializer = initializers.glorotNormal({ seed: 1 });
const cells = () => [layers.gruCell({ units: 3, kernelInitializer }), layers.lstmCell({ units: 2, kernelInitializer })];

const ACTIVATIONS = [
  'elu',
  'hardSigmoid',
  'linear',
  'relu',
  'relu6',
  'selu',
  'sigmoid',
  'softmax',
  'softplus',
  'softsign',
  'tanh',
  'swish',
  'mish',
  'gelu',
] as const;

/** Layers that stand in rows of other layers: what a model begins with, and what recurrent layers are made of. */
export const LAYERS_WITHIN = ['InputLayer', 'GRUCell', 'LSTMCell', 'SimpleRNNCell', 'StackedRNNCells'] as const;

/** Layers of tf.layers that do not convert, and why. */
export const LAYERS_THAT_DO_NOT: Readonly<Record<string, string>> = {
  ConvLSTM2DCell: 'works within ConvLSTM2D; TensorFlow.js has no layer that takes it by itself',
  RandomWidth: 'random at inference too: the result is not a function of the input',
  Resizing: 'TensorFlow.js 4.22 itself fails on it inside a model',
};

/** Every layer of tf.layers that converts, at least once. */
export const LAYER_ROWS: readonly LayerRow[] = [
  ...ACTIVATIONS.map((activation) =>
    onImage('Activation', () => layers.activation({ activation: activation as 'relu' }), activation),
  ),
  // Basic layers.
  onSequence('Dense', () => layers.dense({ units: 5, activation: 'hardSigmoid' })),
  on([[5]], 'Dense', () => layers.dense({ units: 3, useBias: false }), 'without bias'),
  onImage('Flatten', () => layers.flatten()),
  onImage('Flatten', () => layers.flatten({ dataFormat: 'channelsFirst' }), 'channels first'),
  onImage('Permute', () => layers.permute({ dims: [3, 1, 2] })),
  onImage('Reshape', () => layers.reshape({ targetShape: [16, 12] })),
  onImage('Reshape', () => layers.reshape({ targetShape: [-1, 3] }), 'with an open length'),
  on([[4]], 'RepeatVector', () => layers.repeatVector({ n: 3 })),
  on([[6]], 'Embedding', () => layers.embedding({ inputDim: 10, outputDim: 4 })),
  onSequence('Masking', () => layers.masking({ maskValue: 0 })),
  // What is the identity at inference.
  onImage('Dropout', () => layers.dropout({ rate: 0.5 })),
  onSequence('SpatialDropout1D', () => layers.spatialDropout1d({ rate: 0.5 })),
  onImage('GaussianNoise', () => layers.gaussianNoise({ stddev: 1 })),
  onImage('GaussianDropout', () => layers.gaussianDropout({ rate: 0.5 })),
  onImage('AlphaDropout', () => layers.alphaDropout({ rate: 0.5 })),
  // Advanced activations.
  onImage('ELU', () => layers.elu({ alpha: 1 })),
  onImage('LeakyReLU', () => layers.leakyReLU({ alpha: 0.2 })),
  onImage('PReLU', () => layers.prelu({ alphaInitializer: 'glorotNormal', sharedAxes: [1, 2] }), 'shared'),
  onImage('PReLU', () => layers.prelu({ alphaInitializer: 'ones' })),
  onImage('ReLU', () => layers.reLU({ maxValue: 1 })),
  onImage('ReLU', () => layers.reLU(), 'open above'),
  onImage('Softmax', () => layers.softmax({ axis: -1 })),
  onImage('ThresholdedReLU', () => layers.thresholdedReLU({ theta: 0.3 })),
  // Convolutions.
  onSequence('Conv1D', () => layers.conv1d({ filters: 5, kernelSize: 3, activation: 'tanh' })),
  onSequence('Conv1D', () => layers.conv1d({ filters: 5, kernelSize: 3, padding: 'same', dilationRate: 2 }), 'dilated'),
  onImage('Conv2D', () =>
    layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', activation: 'selu' }),
  ),
  onImage(
    'Conv2D',
    () => layers.conv2d({ filters: 4, kernelSize: [3, 2], dilationRate: 2, activation: 'relu' }),
    'dilated',
  ),
  onImage('Conv2DTranspose', () => layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' })),
  onImage(
    'Conv2DTranspose',
    () => layers.conv2dTranspose({ filters: 4, kernelSize: 3, padding: 'valid', activation: 'relu' }),
    'valid',
  ),
  onImage('DepthwiseConv2D', () => layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 })),
  onImage('SeparableConv2D', () => layers.separableConv2d({ filters: 5, kernelSize: 3 })),
  on([volume], 'Conv3D', () =>
    layers.conv3d({ filters: 3, kernelSize: 2, strides: 2, padding: 'same', activation: 'relu' }),
  ),
  on([volume], 'Conv3DTranspose', () =>
    layers.conv3dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: 'same' }),
  ),
  onImage('Cropping2D', () =>
    layers.cropping2D({
      cropping: [
        [1, 2],
        [0, 1],
      ],
    }),
  ),
  onImage('UpSampling2D', () => layers.upSampling2d({ size: [2, 3] })),
  onImage('UpSampling2D', () => layers.upSampling2d({ size: [2, 2], interpolation: 'bilinear' as never }), 'bilinear'),
  onImage('ZeroPadding2D', () =>
    layers.zeroPadding2d({
      padding: [
        [1, 2],
        [3, 0],
      ],
    }),
  ),
  on(
    [[3, 8, 8]],
    'Conv2D',
    () => layers.conv2d({ filters: 4, kernelSize: 3, dataFormat: 'channelsFirst' }),
    'channels first',
  ),
  // Pooling.
  onSequence('AveragePooling1D', () => layers.averagePooling1d({ poolSize: 2 })),
  onImage('AveragePooling2D', () => layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' })),
  on([volume], 'AveragePooling3D', () => layers.averagePooling3d({ poolSize: 2, strides: 2, padding: 'same' })),
  onSequence('MaxPooling1D', () => layers.maxPooling1d({ poolSize: 2 })),
  onImage('MaxPooling2D', () => layers.maxPooling2d({ poolSize: 2 })),
  on([volume], 'MaxPooling3D', () => layers.maxPooling3d({ poolSize: 2, strides: [1, 2, 2], padding: 'valid' })),
  onSequence('GlobalAveragePooling1D', () => layers.globalAveragePooling1d({})),
  onImage('GlobalAveragePooling2D', () => layers.globalAveragePooling2d({})),
  onSequence('GlobalMaxPooling1D', () => layers.globalMaxPooling1d({})),
  onImage('GlobalMaxPooling2D', () => layers.globalMaxPooling2d({})),
  // Normalisation.
  onImage('BatchNormalization', () => layers.batchNormalization()),
  onImage('BatchNormalization', () => layers.batchNormalization({ scale: false }), 'without scale'),
  onImage('LayerNormalization', () => layers.layerNormalization()),
  onSequence('LayerNormalization', () => layers.layerNormalization({ axis: [1, 2] }), 'over two axes'),
  // Recurrent layers.
  onSequence('SimpleRNN', () => layers.simpleRNN({ units: 3, kernelInitializer, goBackwards: true })),
  onSequence('GRU', () => layers.gru({ units: 3, kernelInitializer, returnSequences: true })),
  onSequence('GRU', () => layers.gru({ units: 3, kernelInitializer }), 'last step'),
  onSequence('LSTM', () => layers.lstm({ units: 3, kernelInitializer })),
  onSequence(
    'RNN',
    () => layers.rnn({ cell: layers.simpleRNNCell({ units: 3, kernelInitializer }), returnSequences: true }),
    'of a SimpleRNNCell',
  ),
  onSequence('RNN', () => layers.rnn({ cell: cells() }), 'of stacked cells'),
  onSequence(
    'RNN',
    () => layers.rnn({ cell: layers.stackedRNNCells({ cells: cells() }) as never }),
    'of a StackedRNNCells',
  ),
  onSequence('Bidirectional', () =>
    layers.bidirectional({ layer: layers.gru({ units: 3, kernelInitializer }) as never, mergeMode: 'concat' }),
  ),
  onSequence(
    'Bidirectional',
    () =>
      layers.bidirectional({
        layer: layers.lstm({ units: 3, kernelInitializer, returnSequences: true }) as never,
        mergeMode: 'sum',
      }),
    'summed sequences',
  ),
  onSequence('TimeDistributed', () => layers.timeDistributed({ layer: layers.dense({ units: 2 }) as never })),
  on([[4, 6, 6, 2]], 'ConvLSTM2D', () =>
    layers.convLstm2d({ filters: 3, kernelSize: 3, padding: 'same', kernelInitializer }),
  ),
  // Merging layers.
  merging('Add', () => layers.add()),
  merging('Average', () => layers.average()),
  merging('Concatenate', () => layers.concatenate()),
  merging('Concatenate', () => layers.concatenate({ axis: 1 }), 'over another axis'),
  merging('Dot', () => layers.dot({ axes: 1 }), '', [5]),
  merging('Dot', () => layers.dot({ axes: [2, 2], normalize: true }), 'of matrices, normalised'),
  merging('Maximum', () => layers.maximum()),
  merging('Minimum', () => layers.minimum()),
  merging('Multiply', () => layers.multiply()),
  // Preprocessing.
  onImage('Rescaling', () => layers.rescaling({ scale: 1 / 127.5, offset: -1 })),
  onImage('CenterCrop', () => layers.centerCrop({ height: 5, width: 4 })),
  on([[6]], 'CategoryEncoding', () => layers.categoryEncoding({ numTokens: 10, outputMode: 'multiHot' }), 'multiHot'),
  on([[6]], 'CategoryEncoding', () => layers.categoryEncoding({ numTokens: 10, outputMode: 'count' }), 'count'),
  on([[1]], 'CategoryEncoding', () => layers.categoryEncoding({ numTokens: 10, outputMode: 'oneHot' }), 'oneHot'),
];

/** The row's layer between inputs and outputs. */
export function modelOf({ inputs, make, dtype = 'float32' }: LayerRow): LayersModel {
  const symbols = inputs.map((shape) => input({ shape, dtype }));
  const outputs = make().apply(symbols.length === 1 ? symbols[0]! : symbols) as SymbolicTensor;
  return model({ inputs: symbols, outputs });
}
