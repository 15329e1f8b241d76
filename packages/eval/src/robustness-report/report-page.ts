import { renderPage } from '@mfm/report';
import type { SuiteDocument } from '@mfm/robustness';
import { attackSections } from './attack-section.ts';
import { calibrationSections } from './calibration-section.ts';
import { comparisonSections } from './comparison-section.ts';
import { corruptionSections } from './corruption-section.ts';
import { bandSections, filterSections } from './filter-section.ts';
import { heatMapSections } from './heat-map-section.ts';
import { overviewCards, overviewSection } from './overview-section.ts';
import type { ReportPictures } from './report-pictures.ts';
import { ringErrorSections } from './ring-error-section.ts';
import { settingsSections } from './settings-section.ts';

/**
 * The robustness report as one HTML file that needs nothing else. All numbers come from the document that `--json` prints; a part that was not
 * measured is left out.
 *
 * @param pictures examples; without them the report has numbers and charts alone
 */
export async function renderRobustnessReport(document: SuiteDocument, pictures: ReportPictures = {}): Promise<string> {
  const { models, data } = document;
  const names = models.map(({ name }) => name);
  const title = names.length === 1 ? `${names[0]}: robustness` : `Robustness of ${names.length} models`;
  const sections = [
    ...overviewSection(document),
    ...comparisonSections(document),
    ...corruptionSections(document, pictures),
    ...attackSections(document, pictures),
    ...(await heatMapSections(document)),
    ...filterSections(document, pictures),
    ...bandSections(document, pictures),
    ...ringErrorSections(document),
    ...calibrationSections(document),
    ...settingsSections(document),
  ];
  const lead = `${names.join(', ')} on ${data.images} images of ${data.name}.`;
  return renderPage(title, lead, overviewCards(document), sections, 'Written by pnpm eval robustness --report.', {
    contents: true,
  });
}
