import type { Random } from './random.ts';

/** Where the tail begins, and the area of each of the layers below it. */
const TAIL = 3.442619855899;
const AREA = 9.91256303526217e-3;
const LAYERS = 128;

const density = (x: number) => Math.exp(-0.5 * x * x);

/** Right edge of each layer, from the widest (which stands for the tail, too) to 0. */
const EDGES = (() => {
  const edges = new Float64Array(LAYERS + 1);
  edges[0] = AREA / density(TAIL);
  edges[1] = TAIL;
  for (let i = 2; i < LAYERS; i++) edges[i] = Math.sqrt(-2 * Math.log(AREA / edges[i - 1]! + density(edges[i - 1]!)));
  return edges;
})();

/** The share of each layer that lies wholly under the curve. */
const INNER = EDGES.subarray(0, LAYERS).map((edge, i) => EDGES[i + 1]! / edge);

/** Beyond `TAIL`, by Marsaglia's method. */
function tail(random: Random): number {
  for (;;) {
    const x = Math.log(1 - random.uniform()) / TAIL;
    const y = Math.log(1 - random.uniform());
    if (-2 * y >= x * x) return TAIL - x;
  }
}

/** A normal draw whose first attempt, (layer, position), was not plainly inside; about one of 80. */
function attempt(layer: number, position: number, random: Random): number {
  for (;;) {
    if (Math.abs(position) < INNER[layer]!) return position * EDGES[layer]!;
    if (layer === 0) return position < 0 ? -tail(random) : tail(random);
    const x = position * EDGES[layer]!;
    const top = Math.exp(-0.5 * (EDGES[layer]! ** 2 - x * x));
    const bottom = Math.exp(-0.5 * (EDGES[layer + 1]! ** 2 - x * x));
    if (bottom + random.uniform() * (top - bottom) < 1) return x;
    layer = random.integer(LAYERS);
    position = random.uniform(-1, 1);
  }
}

/**
 * Turns random words into unit normals: the ziggurat of Marsaglia and Tsang (2000), layer and position from separate bits as
 * Doornik (2005) asks for. One word a normal, and further draws for the few that need them.
 *
 * @param words uniform uint32
 * @param random gives the further draws
 * @returns float32, one for each word
 */
export function normalsFromWords(words: Uint32Array, random: Random): Float32Array {
  const normals = new Float32Array(words.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]! | 0;
    const layer = word & 127;
    // 25 bits, symmetric about 0.
    const position = ((word >> 7) + 0.5) * 2 ** -24;
    normals[i] = Math.abs(position) < INNER[layer]! ? position * EDGES[layer]! : attempt(layer, position, random);
  }
  return normals;
}
