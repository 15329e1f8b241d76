import type { Graph, Node, Value } from '../graph/value.ts';

/** Modules from the outermost in: `['blocks', '0', 'attn']`. */
type Path = readonly string[];

const nameOf = (value: Value | undefined): string | undefined => {
  if (value?.source.kind === 'constant') return value.source.name;
  return value?.source.kind === 'input' ? value.source.name : undefined;
};

/** The module of the parameter that a node reads: `blocks.0.attn.qkv` of `blocks.0.attn.qkv.weight`. */
function ownPath(node: Node): Path | undefined {
  const names = node.inputs.map(nameOf);
  const parameter = names.find((name) => name?.includes('.'));
  return parameter?.split('.').slice(0, -1);
}

function sharedPath(a: Path, b: Path): Path {
  const length = a.findIndex((part, index) => part !== b[index]);
  return length === -1 ? a : a.slice(0, length);
}

/** The innermost numbered module around a path: `blocks.3` of `blocks.3.mlp.fc2`. */
function numberedModule(path: Path): Path {
  const position = path.slice(0, -1).findLastIndex((part) => /^\d+$/.test(part));
  return path.slice(0, position + 1);
}

/** Carries the path of the latest module along the edges, in the order of the nodes. */
function pathsBefore(nodes: readonly Node[], own: ReadonlyMap<Node, Path>): Map<Node, Path> {
  const latest = new Map<Node, { path: Path; position: number }>();
  nodes.forEach((node, position) => {
    const inputs = node.inputs.flatMap((value) => {
      const found = value?.source.kind === 'node' ? latest.get(value.source.node) : undefined;
      return found ? [found] : [];
    });
    const path = own.get(node);
    const [first, ...rest] = inputs;
    const carried = first && rest.reduce((a, b) => (b.position > a.position ? b : a), first);
    const here = path ? { path, position } : carried;
    if (here) latest.set(node, here);
  });
  return new Map([...latest].map(([node, { path }]) => [node, path]));
}

/** Carries the path of the next module against the edges. */
function pathsAfter(nodes: readonly Node[], own: ReadonlyMap<Node, Path>): Map<Node, Path> {
  const next = new Map<Node, { path: Path; position: number }>();
  for (const [back, node] of [...nodes].reverse().entries()) {
    const path = own.get(node);
    const here = path ? { path, position: nodes.length - back } : next.get(node);
    if (!here) continue;
    for (const value of node.inputs) {
      if (value?.source.kind !== 'node') continue;
      const known = next.get(value.source.node);
      if (!known || here.position < known.position) next.set(value.source.node, here);
    }
  }
  return new Map([...next].map(([node, { path }]) => [node, path]));
}

/** The output that each of some nodes leads to without leaving them, the first of several. */
function outputsAfter(graph: Graph, nodes: readonly Node[]): Map<Node, string> {
  const [found, members] = [new Map<Node, string>(), new Set(nodes)];
  const note = ({ source }: Value, name: string) => {
    if (source.kind === 'node' && members.has(source.node) && !found.has(source.node)) found.set(source.node, name);
  };
  for (const { name, value } of graph.outputs) note(value, name);
  for (const node of [...nodes].reverse()) {
    const name = found.get(node);
    if (name !== undefined) for (const value of node.inputs) if (value) note(value, name);
  }
  return found;
}

/**
 * The module that a node without parameters belongs to. Between two modules it is what is around both (`blocks.0.attn` between `qkv` and
 * `proj`), but not farther out than the numbered module of the one before: a block's last sum is the block's own. What prepares the first
 * module's input is beside that module; what no module comes after is named after the output it leads to.
 */
function placeOf(before: Path | undefined, after: Path | undefined, output: string | undefined): Path {
  const named = output === undefined ? [] : [output];
  if (before && after) {
    const [shared, numbered] = [sharedPath(before, after), numberedModule(before)];
    return shared.length > numbered.length ? shared : numbered;
  }
  if (before) {
    const numbered = numberedModule(before);
    return numbered.length > 0 ? numbered : named;
  }
  return after ? after.slice(0, -1) : named;
}

/** Each node's place in the model as a path: `/blocks/0/attn/qkv` for the one that reads `blocks.0.attn.qkv.weight`. */
export function nodeScopes(graph: Graph, nodes: readonly Node[]): Map<Node, string> {
  const own = new Map<Node, Path>();
  for (const node of nodes) {
    const path = ownPath(node);
    if (path) own.set(node, path);
  }
  const [before, after] = [pathsBefore(nodes, own), pathsAfter(nodes, own)];
  const outputs = outputsAfter(graph, nodes);
  // What an output needs before any module is computed (a corrupted image) is no part of the module that reads it too.
  const early = outputsAfter(
    graph,
    nodes.filter((node) => !before.has(node)),
  );
  return new Map(
    nodes.map((node) => {
      const output = early.get(node);
      const place = output === undefined ? placeOf(before.get(node), after.get(node), outputs.get(node)) : [output];
      return [node, (own.get(node) ?? place).map((part) => `/${part}`).join('')];
    }),
  );
}
