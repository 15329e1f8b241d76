import { UserError } from '@mfm/cli';
import type { HostParameters } from '../checkpoint/checkpoint.ts';

/** Names of another library → ours: the first pattern that fits renames, other names stay as they are. */
export type RenameTable = readonly (readonly [pattern: RegExp, name: string])[];

/** timm's ViT. Its other names are those of the official code. */
export const TIMM_VIT: RenameTable = [
  [/^blocks\.(\d+)\.ls1\.gamma$/, 'blocks.$1.gamma_1'],
  [/^blocks\.(\d+)\.ls2\.gamma$/, 'blocks.$1.gamma_2'],
];

/** torchvision's ViT; before 0.13 the MLP's layers had names of their own. */
export const TORCHVISION_VIT: RenameTable = [
  [/^class_token$/, 'cls_token'],
  [/^conv_proj\.(weight|bias)$/, 'patch_embed.proj.$1'],
  [/^encoder\.pos_embedding$/, 'pos_embed'],
  [/^encoder\.ln\.(weight|bias)$/, 'norm.$1'],
  [/^heads\.head\.(weight|bias)$/, 'head.$1'],
  [/^encoder\.layers\.encoder_layer_(\d+)\.ln_([12])\.(weight|bias)$/, 'blocks.$1.norm$2.$3'],
  [/^encoder\.layers\.encoder_layer_(\d+)\.self_attention\.in_proj_(weight|bias)$/, 'blocks.$1.attn.qkv.$2'],
  [/^encoder\.layers\.encoder_layer_(\d+)\.self_attention\.out_proj\.(weight|bias)$/, 'blocks.$1.attn.proj.$2'],
  [/^encoder\.layers\.encoder_layer_(\d+)\.mlp\.(?:linear_1|0)\.(weight|bias)$/, 'blocks.$1.mlp.fc1.$2'],
  [/^encoder\.layers\.encoder_layer_(\d+)\.mlp\.(?:linear_2|3)\.(weight|bias)$/, 'blocks.$1.mlp.fc2.$2'],
];

/** The names of a pre-training checkpoint's encoder, where its decoder has been left out. */
export const BARE_ENCODER: RenameTable = [[/^encoder\./, '']];

/**
 * Renames tensors.
 *
 * @throws UserError when two get one name
 */
export function rename(source: string, tensors: HostParameters, table: RenameTable): HostParameters {
  const renamed = new Map<string, HostParameters[string]>();
  for (const [name, tensor] of Object.entries(tensors)) {
    const row = table.find(([pattern]) => pattern.test(name));
    const to = row === undefined ? name : name.replace(row[0], row[1]);
    if (renamed.has(to)) {
      throw new UserError(`rename: ${source}: every tensor must be there once, got two for ${JSON.stringify(to)}.`);
    }
    renamed.set(to, tensor);
  }
  return Object.fromEntries(renamed);
}
