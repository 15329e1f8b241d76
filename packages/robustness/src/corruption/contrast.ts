import { toBytes, toUnit } from '../image/unit-image.ts';
import type { Corruption } from './corruption.ts';

/** Draws every channel towards its mean over the image. Parameter: what is left of the distance. */
export const contrast: Corruption<number> = {
  name: 'contrast',
  category: 'digital',
  extra: false,
  deterministic: true,
  severities: {
    32: [0.75, 0.5, 0.4, 0.3, 0.15],
    64: [0.4, 0.3, 0.2, 0.1, 0.05],
    224: [0.4, 0.3, 0.2, 0.1, 0.05],
    299: [0.4, 0.3, 0.2, 0.1, 0.05],
  },
  apply({ pixels }, scale) {
    const unit = toUnit(pixels);
    const means = [0, 0, 0];
    for (let i = 0; i < unit.length; i++) means[i % 3] = means[i % 3]! + unit[i]!;
    for (let c = 0; c < 3; c++) means[c] = means[c]! / (unit.length / 3);
    for (let i = 0; i < unit.length; i++) unit[i] = (unit[i]! - means[i % 3]!) * scale + means[i % 3]!;
    return toBytes(unit);
  },
};
