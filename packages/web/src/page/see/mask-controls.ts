import { frequencyMask, keptShare, type MaskChoice, type Pass } from '../../spectrum/frequency-mask.ts';
import { checkedValue, onChoice, requireElement } from '../require-element.ts';

/** The controls of the mask. */
export interface MaskControls {
  /** Sets the sliders' ends for a model and puts them at the radius it was trained with. */
  fit(size: number, radius: number): void;
  /** float32 [size, size], 1 = frequency kept. */
  mask(): Float32Array<ArrayBuffer>;
}

const FRACTION = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });

/** @param onChange called whenever the mask becomes another */
export function startMaskControls(onChange: () => void): MaskControls {
  const radius = requireElement('radius', HTMLInputElement);
  const outerRadius = requireElement('outer-radius', HTMLInputElement);
  const band = requireElement('band', HTMLInputElement);
  let size = 0;

  function choice(): MaskChoice {
    const [pass, inner] = [checkedValue('pass') as Pass, Number(radius.value)];
    return { pass, radius: inner, outerRadius: band.checked ? Math.max(inner, Number(outerRadius.value)) : undefined };
  }

  function show(): void {
    outerRadius.disabled = !band.checked;
    // A band cannot end before it begins.
    if (band.checked && Number(outerRadius.value) < Number(radius.value)) outerRadius.value = radius.value;
    requireElement('radius-value', HTMLOutputElement).value = radius.value;
    requireElement('outer-radius-value', HTMLOutputElement).value = band.checked ? outerRadius.value : 'none';
    const share = FRACTION.format(keptShare(frequencyMask(size, choice())));
    requireElement('kept', HTMLElement).textContent = `${share} of the frequencies are kept.`;
    onChange();
  }

  for (const input of [radius, outerRadius, band]) input.addEventListener('input', show);
  onChoice('pass', show);
  return {
    fit(newSize, newRadius) {
      if (newSize === size) return;
      size = newSize;
      // The corner of the spectrum is √2 times as far from its centre as the side.
      const largest = String(Math.ceil((size / 2) * Math.SQRT2));
      radius.max = largest;
      outerRadius.max = largest;
      radius.value = String(newRadius);
      outerRadius.value = String(Math.min(2 * newRadius, Number(largest)));
      show();
    },
    mask: () => frequencyMask(size, choice()),
  };
}
