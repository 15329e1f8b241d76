export { type Bar, drawBars, drawLines, type LineChart, type LineSeries } from './charts.ts';
export { type Figure, renderFigure, renderScroll, renderSideBySide } from './figure.ts';
export { drawHeatMap, type HeatMapDrawing } from './heat-map.ts';
export { type Html, html, trusted } from './html.ts';
export { type Card, renderFacts, renderPage, renderTable, type Section, shadedCell } from './page.ts';
export { drawImage, drawMap, drawPixels, RAMP, rampColour } from './picture.ts';
export { type Picture, type PictureRow, renderPictureTable } from './picture-table.ts';
export { chartText, drawSvg, valueAxis } from './svg.ts';
export { COLORS, SERIES, seriesVariable } from './theme.ts';
