/** Pictures of numbers: bars that mouse and keyboard ask, a table of the same, bars that lie. */

import { html, nothing, render, svg } from "../lib/dom.js";
import { number } from "../lib/format.js";

const HEIGHT = 220;
const TOP = 12;
const BOTTOM = 24;
const LEFT = 44;
const RIGHT = 20;
const LABEL_WIDTH = 52;
const SIDE_BY_SIDE = 22;
const STEPS = [1, 2, 5, 10];

/**
 * Bars by day: series side by side, or on top of each other where there is little room.
 * @param {object} options
 * @param {string} options.title
 * @param {object[]} options.rows each with `label`, `short` (what stands below a bar), and a number for
 *   each series
 * @param {{name: string, title: string}[]} options.series colours are the CSS classes `chart-<name>`
 */
export const bars = (options) => html`<bar-chart .options=${options}></bar-chart>`;

/** Draws itself as wide as it is; arrows go from bar to bar. */
class BarChart extends HTMLElement {
  #options = null;
  #width = 0;
  #at = -1;
  #shown = false;
  #observer = new ResizeObserver(([entry]) => this.#resized(entry.contentRect.width));

  set options(options) {
    if (this.#at >= options.rows.length || this.#options?.rows.length !== options.rows.length) this.#at = -1;
    this.#options = options;
    this.#draw();
  }

  connectedCallback() {
    this.#observer.observe(this);
  }

  disconnectedCallback() {
    this.#observer.disconnect();
  }

  #resized(width) {
    if (Math.abs(width - this.#width) < 1) return;
    this.#width = width;
    this.#draw();
  }

  #draw() {
    if (!this.#options || !this.#width) return;
    const { title, rows, series } = this.#options;
    const space = measured(this.#width, rows, series);
    render(
      html`<figure class="chart" @keydown=${(event) => this.#key(event)}
        @pointerleave=${() => this.#hide()} @focusout=${() => this.#hide()}>
        <figcaption class="row spread"><h2>${title}</h2>${legend(series)}</figcaption>
        <div class="chart-picture">
          <svg width=${space.width} height=${HEIGHT} role="group" aria-label=${title}>
            ${grid(space)}${rows.map((row, at) => this.#bar(row, at, space))}
          </svg>
          ${this.#shown ? tooltip(rows[this.#at], series) : nothing}
        </div>
        ${table(title, rows, series)}
      </figure>`,
      this,
    );
    if (this.#shown) place(this.querySelector(".chart-tip"), this.#at, space);
  }

  #bar(row, at, space) {
    const { series } = this.#options;
    const stop = at === (this.#at < 0 ? this.#options.rows.length - 1 : this.#at);
    return svg`<g role="img" tabindex=${stop ? 0 : -1} aria-label=${said(row, series)}
      @focus=${() => this.#show(at)} @pointerenter=${() => this.#show(at)}>
      <rect class="chart-hit" x=${space.x(at)} y=${TOP} width=${space.step} height=${space.room}></rect>
      ${parts(row, at, series, space)}
      ${space.labelled(at) ? svg`<text x=${space.middle(at)} y=${HEIGHT - 6}>${row.short}</text>` : nothing}
    </g>`;
  }

  #show(at) {
    if (this.#shown && this.#at === at) return;
    this.#at = at;
    this.#shown = true;
    this.#draw();
  }

  #hide() {
    if (!this.#shown) return;
    this.#shown = false;
    this.#draw();
  }

  #key(event) {
    if (event.key === "Escape") return this.#hide();
    const last = this.#options.rows.length - 1;
    const to = { ArrowLeft: this.#at - 1, ArrowRight: this.#at + 1, Home: 0, End: last }[event.key];
    if (to === undefined || !event.target.closest("svg")) return;
    event.preventDefault();
    this.querySelectorAll("svg > g[role=img]")[Math.max(0, Math.min(last, to))].focus();
  }
}

customElements.define("bar-chart", BarChart);

/** How the picture is laid out in a width. */
function measured(width, rows, series) {
  const step = (width - LEFT - RIGHT) / Math.max(1, rows.length);
  const stacked = step < SIDE_BY_SIDE;
  const values = (row) => series.map(({ name }) => row[name]);
  const total = (row) => values(row).reduce((sum, value) => sum + value, 0);
  const highest = Math.max(4, ...rows.map((row) => (stacked ? total(row) : Math.max(...values(row)))));
  const tick = rounded(highest / 4);
  const ticks = Math.ceil(highest / tick);
  const room = HEIGHT - TOP - BOTTOM;
  const every = Math.max(1, Math.ceil(LABEL_WIDTH / step));
  return {
    width, step, stacked, room, tick, ticks,
    x: (at) => LEFT + at * step,
    middle: (at) => LEFT + (at + 0.5) * step,
    height: (value) => (room * value) / (tick * ticks),
    labelled: (at) => (rows.length - 1 - at) % every === 0,
  };
}

/** The next number that people count in. */
function rounded(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * STEPS.find((step) => step * power >= value);
}

function grid({ width, tick, ticks, height }) {
  const y = (step) => HEIGHT - BOTTOM - height(step * tick);
  return [...Array(ticks + 1).keys()].map(
    (step) => svg`<line class=${step ? "chart-line" : "chart-base"}
        x1=${LEFT} x2=${width - RIGHT} y1=${y(step)} y2=${y(step)}></line>
      <text class="chart-scale" aria-hidden="true"
        x=${LEFT - 8} y=${y(step) + 4}>${number(step * tick)}</text>`,
  );
}

function parts(row, at, series, { x, step, stacked, height }) {
  const inset = step * 0.12;
  const width = (step - 2 * inset) / (stacked ? 1 : series.length);
  let below = 0;
  return series.map(({ name }, nth) => {
    const tall = height(row[name]);
    const left = x(at) + inset + (stacked ? 0 : nth * width);
    const top = HEIGHT - BOTTOM - tall - below;
    if (stacked) below += tall;
    const broad = Math.max(0.5, stacked ? width : width * 0.92);
    return svg`<rect class="chart-${name}" x=${left} y=${top} width=${broad} height=${tall}></rect>`;
  });
}

const legend = (series) =>
  html`<ul class="legend">${series.map((one) => html`<li class="legend-${one.name}">${one.title}</li>`)}</ul>`;

const tooltip = (row, series) => html`<div class="chart-tip" aria-hidden="true">
  <strong>${row.label}</strong>
  ${series.map(
    ({ name, title }) => html`<span class="legend-${name}">${title}<b>${number(row[name])}</b></span>`,
  )}</div>`;

/** Beside the bar, where there is more room; by hand, as the page's policy allows no style in markup. */
function place(tip, at, { width, x, middle, step }) {
  const left = middle(at) < width / 2;
  tip.style.left = left ? `${x(at) + step}px` : "auto";
  tip.style.right = left ? "auto" : `${width - x(at)}px`;
}

const table = (title, rows, series) => html`<details class="chart-table"><summary>As a table</summary>
  <div class="table-scroll" tabindex="0" role="region" aria-label="${title}, as a table">
    <table class="table">
      <thead><tr><th scope="col">Day</th>${series.map(
        (one) => html`<th scope="col" class="numeric">${one.title}</th>`,
      )}</tr></thead>
      <tbody>${rows.map(
        (row) => html`<tr><th scope="row">${row.label}</th>${series.map(
          ({ name }) => html`<td class="numeric">${number(row[name])}</td>`,
        )}</tr>`,
      )}</tbody>
    </table>
  </div></details>`;

const said = (row, series) =>
  `${row.label}: ${series.map(({ name, title }) => `${number(row[name])} ${title.toLowerCase()}`).join(", ")}`;

/**
 * A list of bars that lie, each with its text and its number.
 * @param {object[]} rows each with `label` (a template), `value` and, to be shown in its place, `shown`
 */
export function ranking(rows) {
  const most = Math.max(1, ...rows.map((row) => row.value));
  return html`<ol class="ranking">${rows.map(
    (row) => html`<li>
      <span class="ranking-text">${row.label}</span>
      <span class="ranking-value">${row.shown ?? number(row.value)}</span>
      <svg class="ranking-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
        <rect width="100" height="4"></rect>
        <rect class="ranking-part" width=${(100 * row.value) / most} height="4"></rect>
      </svg></li>`,
  )}</ol>`;
}
