import { describe, expect, it } from '@jest/globals';
import { renderRobustnessReport } from './report-page.ts';
import { exampleDocument } from './testing/example-document.ts';
import { examplePictures } from './testing/example-pictures.ts';

const titlesOf = (page: string) => [...page.matchAll(/<section id="[^"]+"><h2>([^<]*)/g)].map(([, title]) => title);

describe('renderRobustnessReport', () => {
  it('shows every part that was measured, of several models, in a file that needs nothing else', async () => {
    const document = exampleDocument(3);
    const page = await renderRobustnessReport(document, await examplePictures(document.models[0]!.name));
    expect(titlesOf(page)).toEqual([
      ...['Overview', 'Models in pairs', 'Accuracy by corruption: corruptions', 'What the corruptions look like'],
      ...['Under attack', 'Which frequencies the attacks use', 'Adversarial examples', 'Fourier heat maps'],
      ...['What is left in low and in high frequencies', 'Critical-band masking', 'What is restored of each frequency'],
      ...['Calibration', 'Files and settings'],
    ]);
    expect(page).not.toMatch(/<script|<link|@import|(src|href)="(?!data:|#)|url\((?!#)/);
    for (const { name, sha256, tests } of document.models) {
      expect(page).toContain(name);
      expect(page).toContain(sha256);
      const { top1, interval } = tests.find(({ id }) => id === 'attack/pgd')!;
      const [low, high] = interval!.map((value) => (100 * value).toFixed(1));
      expect(page).toContain(`${(100 * top1).toFixed(1)}<small>${low}–${high}</small>`);
    }
  });

  it('has a text for every picture, and numbers behind every chart', async () => {
    const document = exampleDocument(1);
    const page = await renderRobustnessReport(document, await examplePictures(document.models[0]!.name));
    expect(page.match(/<img/g)!.length).toBe(page.match(/<img src="data:[^"]*" alt="[^"]+"/g)!.length);
    const charts = page.match(/<svg class="chart"/g)!.length + page.match(/<svg class="map"/g)!.length;
    expect(page.match(/role="img" aria-label="[^"]+"/g)).toHaveLength(charts);
  });

  it('leaves out what was not measured', async () => {
    const { models, ringErrors: _, ...rest } = exampleDocument(1);
    const [{ heatMap: __, ...model }] = models as [(typeof models)[0]];
    const clean = {
      ...model,
      tests: model.tests.filter(({ id }) => id === 'clean'),
      corruptions: {},
      calibration: {},
    };
    const page = await renderRobustnessReport({ ...rest, models: [clean], comparisons: [] });
    expect(titlesOf(page)).toEqual(['Overview', 'Calibration', 'Files and settings']);
    expect(page).not.toContain('undefined');
    expect(page).not.toContain('NaN');
  });

  it('escapes names', async () => {
    const document = exampleDocument(1);
    const model = { ...document.models[0]!, name: '<b>&.onnx' };
    const page = await renderRobustnessReport({ ...document, models: [model], comparisons: [] });
    expect(page).not.toContain('<b>&.onnx');
    expect(page).toContain('&lt;b&gt;&amp;.onnx');
  });
});
