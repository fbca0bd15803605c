/** Pictures of numbers: bars that a keyboard reaches, and a table of the same for screen readers. */

import { html, svg } from "../lib/dom.js";
import { number } from "../lib/format.js";

const HEIGHT = 160;
const WIDTH = 720;
const BASE = 20;

/**
 * Bars by day, series side by side.
 * @param {object} options
 * @param {string} options.title
 * @param {object[]} options.rows each with `label`, and a number for each series
 * @param {{name: string, title: string}[]} options.series
 */
export function bars({ title, rows, series }) {
  const most = Math.max(1, ...rows.flatMap((row) => series.map(({ name }) => row[name])));
  const step = WIDTH / Math.max(1, rows.length);
  const width = Math.max(1, (step * 0.75) / series.length);
  const height = (value) => Math.round(((HEIGHT - BASE) * value) / most);
  const every = Math.ceil(rows.length / 15);
  const bar = (row, at) => svg`<g tabindex="0" role="img" aria-label=${said(row, series)}>
    <title>${said(row, series)}</title>
    <rect class="chart-hit" x=${at * step} y="0" width=${step} height=${HEIGHT}></rect>
    ${series.map(({ name }, place) => svg`<rect class="chart-${name}" rx="1.5"
      x=${at * step + step * 0.125 + place * width} y=${HEIGHT - BASE - height(row[name])}
      width=${width * 0.9} height=${height(row[name])}></rect>`)}
    ${at % every === 0 ? svg`<text x=${(at + 0.5) * step} y=${HEIGHT - 5}>${row.label}</text>` : ""}
  </g>`;
  return html`<figure class="chart">
    <figcaption class="row spread"><h2>${title}</h2><span class="row">${series.map(
      (one) => html`<span class="legend legend-${one.name}">${one.title}</span>`,
    )}</span></figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="group" aria-label=${title}>
      <line class="chart-base" x1="0" x2=${WIDTH} y1=${HEIGHT - BASE} y2=${HEIGHT - BASE}></line>
      ${rows.map(bar)}
    </svg>
  </figure>`;
}

/**
 * A list of bars that lie, each with its text and its number.
 * @param {object[]} rows each with `label` (a template), `value` and `shown`
 */
export function ranking(rows) {
  const most = Math.max(1, ...rows.map((row) => row.value));
  return html`<ol class="ranking">${rows.map(
    (row) => html`<li>
      <span class="ranking-text">${row.label}</span><span class="ranking-value">${row.shown ?? number(row.value)}</span>
      <svg class="ranking-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
        <rect width="100" height="4"></rect><rect class="ranking-part" width=${(100 * row.value) / most} height="4"></rect>
      </svg></li>`,
  )}</ol>`;
}

const said = (row, series) =>
  `${row.label}: ${series.map(({ name, title }) => `${number(row[name])} ${title.toLowerCase()}`).join(", ")}`;
