/** The line of filters below the heads of columns, and the dialog with a column's values. */

import { debounce, html, icon, live, nothing, repeat } from "../../lib/dom.js";
import { number } from "../../lib/format.js";
import { openDialog } from "../dialog.js";
import { failure, waiting } from "../parts.js";
import { anyOf, inverted, typedText } from "./expression.js";
import { grammar, openGrammar } from "./grammar.js";

const WAIT = 300;
const RECENT = [
  ["last hour", ">-1h"], ["last day", ">-1d"], ["last week", ">-1w"], ["last 30 days", ">-30d"],
];

const later = new WeakMap();

/** The column whose filter the server could not read, if it is shown. */
export const wrongFilter = (store) =>
  store.problem?.status === 400
    ? store.shown().find(({ name }) => store.problem.message.startsWith(`filter of ${name}:`))
    : undefined;

/** The input of a column. */
export function filterCell(store, column, className) {
  const kept = store.view.filters[column.name] ?? "";
  const text = store.typed[column.name] ?? kept;
  const wrong = wrongFilter(store) === column;
  const id = `${store.definition.id}-${column.name}-problem`;
  return html`<td class="table-filter ${className}"><div>
    <input type="search" aria-label="Filter by ${column.title}" .value=${live(text)} spellcheck="false"
      autocapitalize="none" aria-invalid=${wrong ? "true" : "false"} class=${kept ? "on" : ""}
      aria-describedby=${wrong ? id : nothing}
      @input=${(event) => typed(store, column.name, event.target.value)}
      @change=${() => delete store.typed[column.name]}>
    ${column.kind === "json" ? nothing : valuesButton(store, column)}
  </div>${wrong
    ? html`<p id=${id} class="problem" role="alert">${why(store.problem, column)}</p>`
    : nothing}</td>`;
}

const valuesButton = (store, column) => html`<button class="plain" title="Values of ${column.title}"
  aria-label="Values of ${column.title}" @click=${() => openValues(store, column)}>${icon("list-filter")}</button>`;

/** The button that teaches how filters are written. */
export const filterHelp = () => html`<button class="plain" title="How to write filters"
  aria-label="How to write filters" @click=${openGrammar}>${icon("circle-help")}</button>`;

const why = (problem, { name }) => problem.message.replace(`filter of ${name}: `, "");

/** The filters of columns that are not shown. */
export function hiddenFilters(store) {
  const shown = new Set(store.shown().map(({ name }) => name));
  const hidden = Object.entries(store.view.filters).filter(([name]) => !shown.has(name));
  if (!hidden.length) return nothing;
  return html`<ul class="table-hidden" aria-label="Filters of hidden columns">${hidden.map(([name, text]) => {
    const { title } = store.columns.get(name);
    return html`<li class="chip">${title} <code>${text}</code>
      <button class="plain" aria-label="Clear the filter of ${title}" title="Clear"
        @click=${() => store.filter({ [name]: "" })}>${icon("x")}</button></li>`;
  })}</ul>`;
}

/** What is typed acts when typing rests, of all inputs at once. */
function typed(store, name, text) {
  store.typed[name] = text;
  if (!later.has(store)) {
    const texts = {};
    const act = debounce(WAIT, () => {
      const now = { ...texts };
      for (const one of Object.keys(texts)) delete texts[one];
      store.filter(now, { typing: true });
    });
    later.set(store, (column, value) => {
      texts[column] = typedText(column, value);
      act();
    });
  }
  later.get(store)(name, text);
}

function openValues(store, column) {
  const state = { found: null, problem: null, text: "", chosen: new Set(), negated: false };
  const dialog = openDialog({ title: column.title, view: (self) => view(store, column, state, self, load) });
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
    store.filter({ [column.name]: expression });
    dialog.close();
  };
  const now = store.view.filters[column.name];
  const opposite = inverted(now ?? "");
  return html`
    ${column.kind === "date" ? html`<div class="row">${RECENT.map(([label, expression]) => html`
      <button class="button small" @click=${() => use(expression)}>${icon("clock")}${label}</button>`)}</div>` : nothing}
    ${now ? html`<div class="row table-now"><code>${now}</code>
      ${opposite
        ? html`<button class="button small" @click=${() => use(opposite)}>Turn round</button>`
        : nothing}
      <button class="button small" @click=${() => use("")}>${icon("filter-x")}Clear</button></div>` : nothing}
    ${state.problem ? failure(state.problem, load) : state.found ? cloud(state, dialog, use) : waiting("Counting…")}
    <details class="table-grammar"><summary>How to write filters</summary>
      ${grammar()}
    </details>`;
}

const several = (event) => event.ctrlKey || event.metaKey;

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
        <button class="link" title="Only this; with Ctrl, one of several"
          @click=${(event) => (several(event) ? toggle(value) : use(anyOf([value], state.negated)))}>${value}</button>
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
