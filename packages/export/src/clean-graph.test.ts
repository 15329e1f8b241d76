import { beforeAll, describe, expect, it } from '@jest/globals';
import type { HostParameter } from '@mfm/models';
import { encodeModelChunks, joinChunks, type Node, readModel, topologicalNodes, type Value } from '@mfm/onnx';
import { buildModel, type ModelConfig } from './built-model.ts';
import { features } from './heads/features.ts';
import { findModel } from './named-models.ts';
import { traceHead } from './trace-head.ts';

/** Zeros but for a first element of their own: no two alike, and cheap at any size. */
function blankParameters(config: ModelConfig): Record<string, HostParameter> {
  const specs = buildModel(config).tensors.parameters;
  return Object.fromEntries(
    specs.map(({ name, shape }, index) => {
      const data = new Float32Array(shape.reduce((product, length) => product * length, 1));
      data[0] = index + 1;
      return [name, { shape, data }];
    }),
  );
}

/** The graph that a file of this model's features holds. */
async function exportedGraph(config: ModelConfig) {
  const parameters = blankParameters(config);
  const traced = traceHead(await features.graph(), buildModel(config), parameters);
  const { graph } = readModel(joinChunks(encodeModelChunks(traced).model));
  return { nodes: topologicalNodes(graph), parameters };
}

const isConstant = (value: Value | undefined) => value === undefined || value.source.kind === 'constant';

const initializers = (nodes: readonly Node[]) =>
  new Map(
    nodes.flatMap(({ inputs }) =>
      inputs.flatMap((value) => (value?.source.kind === 'constant' ? [[value.source.name!, value] as const] : [])),
    ),
  );

const contentOf = ({ type, shape, source }: Value) => {
  if (source.kind !== 'constant') throw new Error('contentOf: must be a constant.');
  const { buffer, byteOffset, byteLength } = source.data;
  return `${type}[${shape}]${Buffer.from(buffer, byteOffset, byteLength).toString('latin1')}`;
};

/** The model's parts that are many alike are cut down; their kinds stay. */
const shallow = async (name: string): Promise<ModelConfig> => {
  const { config } = await findModel(name);
  const { encoder } = config;
  if (encoder.type === 'vit') return { ...config, encoder: { ...encoder, depth: 2 } };
  if (encoder.type === 'swin') return { ...config, encoder: { ...encoder, depths: [2, 2, 2, 2] } };
  return config;
};

describe.each(['vit_tiny', 'resnet50', 'swin_tiny'])('the exported graph of %s', (name) => {
  let nodes: Node[];
  let parameters: Record<string, HostParameter>;
  beforeAll(async () => {
    ({ nodes, parameters } = await exportedGraph(await shallow(name)));
  });

  it('computes nothing on parameters and constants alone', () => {
    expect(nodes.filter(({ inputs }) => inputs.every(isConstant)).map(({ op }) => op)).toEqual([]);
  });

  it('has no chains for open shapes, and a ResNet no transposes', () => {
    const operators = new Set(nodes.map(({ op }) => op));
    const unwanted = ['Shape', 'Expand', 'Equal', 'Where', 'ConstantOfShape', 'Cast', 'Identity'];
    if (name === 'resnet50') unwanted.push('Transpose');
    expect(unwanted.filter((op) => operators.has(op))).toEqual([]);
  });

  it('holds no content twice, and small constants but for its parameters', () => {
    const found = [...initializers(nodes).values()];
    expect(new Set(found.map(contentOf)).size).toBe(found.length);
    const own = [...initializers(nodes)].filter(([key]) => !key.startsWith('encoder.'));
    expect(own.every(([, { shape }]) => shape.reduce<number>((size, length) => size * Number(length), 1) < 5000)).toBe(
      true,
    );
  });

  it("names initializers after parameters: the parameters' own, or what they were folded into", () => {
    const named = [...initializers(nodes).keys()].filter((key) => key.startsWith('encoder.'));
    const others = named.filter((key) => !(key in parameters));
    const folded = /\.(cls_token_pos_embed|attn\.qkv\.bias|fc1\.bias_folded|relative_position_bias_table_folded)$/;
    expect(others.filter((key) => !folded.test(key))).toEqual([]);
    expect(named.length).toBeGreaterThan(20);
  });
});
