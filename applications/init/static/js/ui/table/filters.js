/** The line of filters below the heads of columns, and the dialog with a column's values. */

import { debounce, html, icon, live, nothing, repeat } from "../../lib/dom.js";
import { number } from "../../lib/format.js";
import { openDialog } from "../dialog.js";
import { failure, waiting } from "../parts.js";
import { anyOf, inverted } from "./expression.js";

const WAIT = 300;
const RECENT = [
  ["last hour", ">-1h"], ["last day", ">-1d"], ["last week", ">-1w"], ["last 30 days", ">-30d"],
];
const GRAMMAR = [
  ["web", "is web, in any case"],
  ["%web%", "has web in it"],
  ["!web", "is not web"],
  ["(a,b)", "is a or b"],
  ["a%&!%b", "begins with a, and does not end with b"],
  ["a|b", "is a or b"],
  ["empty", "has no value"],
  [">10", "more than 10; also >= < <="],
  [">-2d12h", "later than two and a half days ago"],
  ['"a,b"', "is exactly a,b"],
];

const later = new WeakMap();

/** The input of a column. */
export function filterCell(store, column) {
  const text = store.view.filters[column.name] ?? "";
  const wrong = store.problem?.status === 400 && store.problem.message.includes(`filter of ${column.name}:`);
  return html`<td class="table-filter"><div>
    <input type="search" aria-label="Filter by ${column.title}" .value=${live(text)} spellcheck="false"
      autocapitalize="none" aria-invalid=${wrong ? "true" : "false"} class=${text ? "on" : ""}
      @input=${(event) => typed(store)(column.name, event.target.value)}>
    <button class="plain" title="Values of ${column.title}" aria-label="Values of ${column.title}"
      @click=${() => openValues(store, column)}>${icon("list-filter")}</button>
  </div></td>`;
}

function typed(store) {
  if (!later.has(store)) later.set(store, debounce(WAIT, (name, text) => store.filter(name, text)));
  return later.get(store);
}

function openValues(store, column) {
  const state = { found: null, problem: null, text: "", chosen: new Set(), negated: false };
  const dialog = openDialog({ title: column.title, view: () => view(store, column, state, dialog, load) });
  async function load() {
    state.problem = null;
    try {
      state.found = await store.values(column.name);
    } catch (error) {
      state.problem = error;
    }
    dialog.draw();
  }
  load();
}

function view(store, column, state, dialog, load) {
  const use = (expression) => {
    store.filter(column.name, expression);
    dialog.close();
  };
  const now = store.view.filters[column.name];
  return html`
    ${column.kind === "date" ? html`<div class="row">${RECENT.map(([label, expression]) => html`
      <button class="button small" @click=${() => use(expression)}>${icon("clock")}${label}</button>`)}</div>` : nothing}
    ${now ? html`<div class="row table-now"><code>${now}</code>
      <button class="button small" @click=${() => use(inverted(now))}>Turn round</button>
      <button class="button small" @click=${() => use("")}>${icon("filter-x")}Clear</button></div>` : nothing}
    ${state.problem ? failure(state.problem, load) : state.found ? cloud(state, dialog, use) : waiting("Counting…")}
    <details class="table-grammar"><summary>How to write filters</summary>
      <dl>${GRAMMAR.map(([text, means]) => html`<dt><code>${text}</code></dt><dd>${means}</dd>`)}</dl>
    </details>`;
}

function cloud(state, dialog, use) {
  const { _maxed: maxed, _total: total, ...counts } = state.found;
  const wanted = state.text.toLowerCase();
  const values = Object.entries(counts)
    .filter(([value]) => value.toLowerCase().includes(wanted))
    .sort((one, other) => other[1] - one[1]);
  const most = Math.max(1, ...values.map(([, count]) => count));
  const toggle = (value) => {
    if (!state.chosen.delete(value)) state.chosen.add(value);
    dialog.draw();
  };
  return html`
    <label class="field"><span class="visually-hidden">Search the values</span>
      <input type="search" placeholder="Search the values" .value=${live(state.text)}
        @input=${(event) => { state.text = event.target.value; dialog.draw(); }}></label>
    <ul class="cloud">${repeat(values, ([value]) => value, ([value, count]) => html`<li>
      <label class="cloud-${1 + Math.round((3 * Math.log(count + 1)) / Math.log(most + 1))}">
        <input type="checkbox" .checked=${live(state.chosen.has(value))} @change=${() => toggle(value)}>
        <button class="link" title="Only these" @click=${() => use(anyOf([value], state.negated))}>${value}</button>
        <span class="quiet">${number(count)}</span></label></li>`)}</ul>
    <p class="quiet">${maxed ? `The ${number(Object.keys(counts).length)} most frequent of ${number(total)} values.`
      : total ? "" : "There are no values."}</p>
    <div class="row spread">
      <label><input type="checkbox" .checked=${live(state.negated)}
        @change=${(event) => { state.negated = event.target.checked; dialog.draw(); }}> all but these</label>
      <button class="button primary" ?disabled=${!state.chosen.size}
        @click=${() => use(anyOf([...state.chosen], state.negated))}>Filter</button>
    </div>`;
}
