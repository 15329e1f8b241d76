import type { EngineClient } from '../engine-client.ts';
import { type Gallery, modelImage } from '../gallery.ts';
import { requireElement } from '../require-element.ts';
import { startFeaturePanel } from './feature-panel.ts';
import { startReconstructionPanel } from './reconstruction-panel.ts';
import { timed } from './timings.ts';

/** The first tab. */
export interface SeeView {
  /** Draws everything anew: another picture or another engine. */
  refresh(engine: EngineClient, gallery: Gallery): void;
}

export function startSeeView(): SeeView {
  const reconstructionPanel = startReconstructionPanel();
  const featurePanel = startFeaturePanel();
  return {
    refresh(engine, gallery) {
      const { reconstruction, features } = engine.loaded;
      requireElement('no-reconstruction', HTMLElement).hidden = reconstruction !== undefined;
      for (const id of ['mask-card', 'reconstruction-card']) {
        requireElement(id, HTMLElement).hidden = reconstruction === undefined;
      }
      requireElement('no-features', HTMLElement).hidden = features !== undefined;
      if (reconstruction) {
        const picture = gallery.pictures[gallery.chosen]!;
        const image = timed('Crop and resize', () => modelImage(picture, reconstruction));
        reconstructionPanel.show({ engine, model: reconstruction, image });
      }
      if (features) featurePanel.show({ engine, model: features, gallery });
    },
  };
}
