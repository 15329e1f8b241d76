import { UserError } from '@mfm/cli';

/** A ResNet encoder (He et al. 2016, timm's layout: the stride of a bottleneck is in its 3×3 convolution). */
export interface ResnetConfig {
  type: 'resnet';
  /** `bottleneck` in ResNet-50 and deeper, and in the official code whatever the depth; `basic` in ResNet-18 and 34. */
  block: 'basic' | 'bottleneck';
  /** Blocks in each of the four stages. */
  layers: number[];
  /** Width of each stage before the expansion; default [64, 128, 256, 512]. */
  channels?: number[];
  /** Width of the first convolution, default 64. */
  stem?: number;
}

/** Pixels per cell of the last stage. */
export const RESNET_STRIDE = 32;

/** Channels out of a block over its width. */
export const EXPANSION: Readonly<Record<ResnetConfig['block'], number>> = { basic: 1, bottleneck: 4 };

const STAGES = 4;

function requireThat(holds: boolean, path: string, what: string, got: unknown): void {
  if (!holds) throw new UserError(`buildEncoder: ${path} must ${what}, got ${got}.`);
}

const isPositiveInteger = (value: unknown) => Number.isInteger(value) && (value as number) > 0;

/**
 * Checks what types cannot say.
 *
 * @throws UserError naming the first setting that does not fit
 */
export function checkResnetConfig(config: ResnetConfig, imageSize: number): void {
  requireThat(isPositiveInteger(imageSize), 'imageSize', 'be a positive integer', imageSize);
  requireThat(
    imageSize % RESNET_STRIDE === 0,
    'imageSize',
    `be a multiple of ${RESNET_STRIDE} for a ResNet`,
    imageSize,
  );
  const lists = { layers: config.layers, channels: config.channels ?? [1, 1, 1, 1] };
  for (const [key, list] of Object.entries(lists)) {
    const fits = list.length === STAGES && list.every(isPositiveInteger);
    requireThat(fits, `encoder.${key}`, `hold ${STAGES} positive integers`, `[${list}]`);
  }
  requireThat(isPositiveInteger(config.stem ?? 1), 'encoder.stem', 'be a positive integer', config.stem);
}
