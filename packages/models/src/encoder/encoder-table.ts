import { didYouMean, UserError } from '@mfm/cli';
import { buildResnet } from '../resnet/resnet.ts';
import { checkResnetConfig, type ResnetConfig } from '../resnet/resnet-config.ts';
import { buildSwin } from '../swin/swin.ts';
import { checkSwinConfig, type SwinConfig } from '../swin/swin-config.ts';
import { buildVit } from '../vit/vit.ts';
import { checkVitConfig, type VitConfig } from '../vit/vit-config.ts';
import type { Encoder, EncoderOptions } from './encoder.ts';

/** Any encoder's configuration. */
export type EncoderConfig = VitConfig | ResnetConfig | SwinConfig;

interface EncoderKind<C extends EncoderConfig> {
  /** @throws UserError naming the first setting that does not fit */
  check(config: C, imageSize: number): void;
  build(config: C, options: EncoderOptions): Encoder;
}

/** Every encoder by its type. A new one is a new row. */
const ENCODERS: { readonly [T in EncoderConfig['type']]: EncoderKind<Extract<EncoderConfig, { type: T }>> } = {
  vit: { check: checkVitConfig, build: buildVit },
  resnet: { check: checkResnetConfig, build: buildResnet },
  swin: { check: checkSwinConfig, build: buildSwin },
};

/**
 * Builds an encoder.
 *
 * @throws UserError when the configuration does not fit together
 */
export function buildEncoder(config: EncoderConfig, options: EncoderOptions): Encoder {
  if (!Object.hasOwn(ENCODERS, config.type)) {
    throw new UserError(
      `buildEncoder: unknown encoder type "${config.type}"${didYouMean(config.type, Object.keys(ENCODERS))}`,
    );
  }
  const { check, build } = ENCODERS[config.type] as EncoderKind<EncoderConfig>;
  check(config, options.imageSize);
  return build(config, options);
}
