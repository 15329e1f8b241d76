import { UserError } from '@mfm/cli';
import { serialization } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Models in models in models: deeper than this is damage. */
const DEEPEST = 32;

/** Classes that hold layers of their own, in `config.layers`. */
const CONTAINERS = new Set(['Model', 'Functional', 'Sequential']);

/** Layers whose first node is there from the start; every other layer gets one with each call. */
const STARTS_WITH_NODE = new Set(['InputLayer', ...CONTAINERS]);

/** Whether TensorFlow.js has a layer of this class: the others are custom layers, whose code a file does not hold. */
export function isKnownLayer(className: string): boolean {
  if (CONTAINERS.has(className)) return true;
  const entry = serialization.SerializationMap.getMap().classNameMap;
  if (!Object.hasOwn(entry, className)) return false;
  return entry[className]![0].prototype instanceof layers.Layer;
}

interface LayerEntry {
  readonly name: string;
  readonly className: string;
  readonly config: Json;
  readonly inboundNodes: unknown;
}

/** One `[layer, node, tensor]` that a call of a layer reads. */
type Reference = readonly [layer: string, node: number];

/** What is wrong, before the file's name is put in front of it. */
class TopologyError extends Error {}

function fail(message: string): never {
  throw new TopologyError(message);
}

function toEntry(value: unknown): LayerEntry {
  if (!isObject(value)) return fail('every layer must be an object');
  const { class_name: className, config } = value;
  if (typeof className !== 'string' || !isObject(config))
    return fail('every layer must have a class_name and a config');
  const name = value.name ?? config.name ?? className;
  if (typeof name !== 'string' || name === '') return fail('every layer must have a name');
  if (config.name !== undefined && config.name !== name)
    return fail(`the layer "${name}" has another name in its config`);
  return { name, className, config, inboundNodes: value.inbound_nodes ?? [] };
}

function layersOf(config: Json): LayerEntry[] {
  if (!Array.isArray(config.layers) || config.layers.length === 0) return fail('a model must have layers');
  return config.layers.map(toEntry);
}

function callsOf({ name, inboundNodes }: LayerEntry): Reference[][] {
  const wrong = () => fail(`inbound_nodes of the layer "${name}" must be lists of [layer, node, tensor]`);
  if (!Array.isArray(inboundNodes)) return wrong();
  return inboundNodes.map((call: unknown) => {
    if (!Array.isArray(call)) return wrong();
    return call.map((reference: unknown): Reference => {
      if (!Array.isArray(reference)) return wrong();
      const [layer, node] = reference as unknown[];
      if (typeof layer !== 'string' || !Number.isInteger(node) || Number(node) < 0) return wrong();
      return [layer, Number(node)];
    });
  });
}

/** Plays through the order of calls as TensorFlow.js does; it would wait for ever for a layer that is missing or waits for itself. */
function checkOrder(entries: readonly LayerEntry[]): void {
  const nodes = new Map<string, number>();
  for (const { name, className } of entries) {
    if (nodes.has(name)) fail(`the layer "${name}" stands twice`);
    nodes.set(name, STARTS_WITH_NODE.has(className) ? 1 : 0);
  }
  let waiting = entries.map((entry) => ({ name: entry.name, calls: callsOf(entry) }));
  const isReady = (call: Reference[]) => call.every(([layer, node]) => (nodes.get(layer) ?? 0) > node);
  while (waiting.length > 0) {
    let progress = false;
    waiting = waiting
      .map(({ name, calls }) => ({
        name,
        calls: calls.filter((call) => {
          if (!isReady(call)) return true;
          progress = true;
          if (call.length > 0) nodes.set(name, nodes.get(name)! + 1);
          return false;
        }),
      }))
      .filter(({ calls }) => calls.length > 0);
    if (waiting.length > 0 && !progress) {
      const names = waiting.slice(0, 5).map(({ name }) => `"${name}"`);
      fail(`the layers ${names.join(', ')} wait for layers that do not exist, or for one another in a circle`);
    }
  }
}

/** Walks a model, the models in it and the layers in wrappers (TimeDistributed, Bidirectional, RNN). */
function walk(className: string, config: Json, depth: number, custom: Map<string, string>): void {
  if (depth > DEEPEST) fail(`models must not be nested deeper than ${DEEPEST}`);
  if (!CONTAINERS.has(className)) {
    for (const inner of [config.layer, config.cell, ...(Array.isArray(config.cells) ? config.cells : [])]) {
      if (isObject(inner)) visit(toEntry(inner), depth + 1, custom);
    }
    return;
  }
  const entries = layersOf(config);
  for (const entry of entries) visit(entry, depth + 1, custom);
  if (className !== 'Sequential') checkOrder(entries);
}

function visit({ name, className, config }: LayerEntry, depth: number, custom: Map<string, string>): void {
  if (!isKnownLayer(className)) custom.set(name, className);
  if (config.stateful === true)
    fail(`the layer "${name}" is stateful (it remembers earlier calls), which an ONNX graph cannot be`);
  walk(className, config, depth, custom);
}

/** The model's own config: what Keras writes, or model.save of TensorFlow.js. */
function rootOf(topology: Json): LayerEntry {
  const root = isObject(topology.model_config) ? topology.model_config : topology;
  const { class_name: className, config } = root;
  if (typeof className !== 'string' || !CONTAINERS.has(className))
    return fail(`a layers-model must be a Sequential, Functional or Model, got ${JSON.stringify(className ?? null)}`);
  // Sequential models of old files are a bare list.
  if (Array.isArray(config)) return { name: className, className, config: { layers: config }, inboundNodes: [] };
  if (!isObject(config)) return fail('a model must have a config');
  return { name: className, className, config, inboundNodes: [] };
}

/**
 * Checks a layers-model's topology before TensorFlow.js builds it, which waits for ever for a layer in a circle.
 *
 * @param topology `modelTopology` of a model.json
 * @param path of the file, for messages
 * @throws UserError for damage, and naming every custom layer
 */
export function checkLayersTopology(topology: Json, path: string): void {
  const custom = new Map<string, string>();
  try {
    const { className, config } = rootOf(topology);
    walk(className, config, 0, custom);
  } catch (error) {
    if (error instanceof TopologyError) throw new UserError(`${path}: ${error.message}.`);
    throw error;
  }
  if (custom.size === 0) return;
  const list = [...custom].map(([name, className]) => `"${name}" (${className})`);
  throw new UserError(
    `${path}: every layer must be one of TensorFlow.js's own, got ${list.join(', ')}. ` +
      'A custom layer is code, which the file does not hold: save the model with standard layers, or as a graph-model.',
  );
}
