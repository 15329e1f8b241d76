import { UserError } from '@mfm/cli';
import type { HostParameters } from '../checkpoint/checkpoint.ts';
import { splitFusedBiases } from './fused-bias.ts';
import { hasEncoder } from './infer-encoder.ts';
import { BARE_ENCODER, type RenameTable, rename, TIMM_VIT, TORCHVISION_VIT } from './rename.ts';

/** Who wrote a state dict, told by the names in it. */
export interface ForeignFormat {
  readonly name: string;
  /** `pretext`: encoder and decoder, with `encoder.` and `decoder.` before their names. `encoder`: an encoder, perhaps with a head. */
  readonly kind: 'pretext' | 'encoder';
  matches(tensors: HostParameters): boolean;
  /** From its names to ours. */
  readonly table: RenameTable;
}

const has = (tensors: HostParameters, name: string) => Object.hasOwn(tensors, name);
const someBegin = (tensors: HostParameters, prefix: string) =>
  Object.keys(tensors).some((name) => name.startsWith(prefix));

/** Every format; the first that matches is taken. torchvision's and timm's ResNets have the same names. A new format is a new row. */
const FORMATS: readonly ForeignFormat[] = [
  {
    name: 'torchvision ViT',
    kind: 'encoder',
    matches: (tensors) => has(tensors, 'conv_proj.weight') && has(tensors, 'encoder.pos_embedding'),
    table: TORCHVISION_VIT,
  },
  {
    name: 'official MFM pre-training',
    kind: 'pretext',
    matches: (tensors) => hasEncoder(tensors, 'encoder.') && someBegin(tensors, 'decoder.'),
    table: [],
  },
  {
    name: 'official MFM encoder',
    kind: 'encoder',
    matches: (tensors) => hasEncoder(tensors, 'encoder.'),
    table: BARE_ENCODER,
  },
  {
    name: 'official MFM ViT',
    kind: 'encoder',
    matches: (tensors) => hasEncoder(tensors, '') && has(tensors, 'blocks.0.attn.q_bias'),
    table: [],
  },
  {
    name: 'timm ViT',
    kind: 'encoder',
    matches: (tensors) => hasEncoder(tensors, '') && has(tensors, 'blocks.0.attn.qkv.weight'),
    table: TIMM_VIT,
  },
  {
    name: 'Swin',
    kind: 'encoder',
    matches: (tensors) => hasEncoder(tensors, '') && has(tensors, 'layers.0.blocks.0.attn.qkv.weight'),
    table: [],
  },
  {
    name: 'torchvision or timm ResNet',
    kind: 'encoder',
    matches: (tensors) => hasEncoder(tensors, ''),
    table: [],
  },
];

/** How many names a message lists. */
const LISTED = 5;

/**
 * Recognises a state dict and gives its tensors under our names.
 *
 * @throws UserError listing the first names when it is of no known format
 */
export function recognise(source: string, tensors: HostParameters): { format: ForeignFormat; tensors: HostParameters } {
  const format = FORMATS.find(({ matches }) => matches(tensors));
  if (format === undefined) {
    const names = Object.keys(tensors)
      .slice(0, LISTED)
      .map((name) => JSON.stringify(name.slice(0, 100)));
    throw new UserError(
      `recognise: ${source}: must be a checkpoint of this project or one of ${FORMATS.map(({ name }) => name).join(', ')}; ` +
        `its first tensors are ${names.join(', ') || 'none'}.`,
    );
  }
  const renamed = rename(source, tensors, format.table);
  // A Swin has a fused bias of its own; a ViT here has none.
  const isVit = Object.keys(renamed).some(
    (name) => name.endsWith('blocks.0.attn.qkv.weight') && !name.includes('layers.'),
  );
  return { format, tensors: isVit ? splitFusedBiases(source, renamed) : renamed };
}
