/**
 * A table of the server's: sorted, filtered and paged there, a screen or a part of a panel here.
 *
 *   const table = mountTable(host, definition);   // {store, close}
 *
 * A definition has
 * - id, title, url: as `/init/registry/ajax_registries`;
 * - columns: `{name, title, help, visible, kind, numeric, main, cell(line)}`; kind "date" offers recent
 *   times, "json" no values; the first `main` one stays in sight on a phone;
 * - forced: columns that are asked for whether they are seen or not;
 * - key(line): what tells lines apart; name(line): what they are called;
 * - events: tables of the database whose changes matter;
 * - open(line): what Enter does; deletes: whether actions may delete objects of its lines;
 * - lead(): what stands first in the tools; empty(filtered): what stands where there are no lines;
 * - volatile: nothing of it is in the address or kept; fixed: filters that always are.
 */

import { html, nothing, render } from "../lib/dom.js";
import { number } from "../lib/format.js";
import { actionMenu } from "./actions.js";
import { failure } from "./parts.js";
import { hiddenFilters, wrongFilter } from "./table/filters.js";
import { grid } from "./table/lines.js";
import { ALL, Store } from "./table/store.js";
import { toolbar } from "./table/toolbar.js";

const AGES = 30_000;

/** Draw a table into an element, and keep it up to date until it is closed. */
export function mountTable(host, definition) {
  const store = new Store(definition, () => draw());
  const ui = {
    at: "",
    place: 0,
    last: "",
    name: (line) => definition.name?.(line) ?? line.key,
    actions: (line) => act(store, line),
  };
  const draw = () => {
    const line = document.activeElement?.closest?.("tbody tr") === document.activeElement;
    const had = line && host.contains(document.activeElement);
    render(view(store, ui), host);
    // A line that moved, or is gone, has lost the focus.
    if (had && !host.contains(document.activeElement)) {
      host.querySelector("tbody tr[tabindex='0']")?.focus({ preventScroll: true });
    }
  };
  draw();
  store.start();
  const timer = setInterval(draw, AGES); // "3 minutes ago"
  return {
    store,
    close() {
      clearInterval(timer);
      store.close();
    },
  };
}

function view(store, ui) {
  const place = store.lines.findIndex(({ key }) => key === ui.at);
  ui.place = place >= 0 ? place : Math.max(0, Math.min(ui.place, store.lines.length - 1));
  ui.at = store.lines[ui.place]?.key;
  const asked = Object.keys(store.view.filters).length > 0;
  return html`<section class="table-frame" aria-label=${store.definition.title}>
    ${toolbar(store, () => ui.actions(null))}
    ${store.problem && !wrongFilter(store) ? failure(store.problem, () => store.load()) : nothing}
    ${hiddenFilters(store)}
    ${store.checked.size ? selection(store) : nothing}
    <div class="table-progress ${store.loading ? "on" : ""}"></div>
    <div class="table-scroll">${grid(store, ui)}</div>
    ${store.loading || store.problem || store.lines.length ? nothing : nobody(store, asked)}
  </section>`;
}

function selection(store) {
  const { checked, lines, total } = store;
  const elsewhere = checked.size - lines.filter(({ key }) => checked.has(key)).length;
  const all = total > ALL ? `the first ${number(ALL)} of ${number(total)}` : `all ${number(total)}`;
  return html`<div class="table-selection">
    <span role="status">${number(checked.size)} checked${
      elsewhere ? `, ${number(elsewhere)} of them not on this page` : ""
    }</span>
    ${checked.size < Math.min(total, ALL)
      ? html`<button class="link" @click=${() => store.checkAll()}>Check ${all} lines</button>`
      : nothing}
    <button class="link" @click=${() => store.uncheck()}>Uncheck</button>
  </div>`;
}

function nobody(store, asked) {
  return store.definition.empty?.(asked, () => store.go({ filters: {} })) ?? nothing;
}

function act(store, line) {
  const { deletes = true } = store.definition;
  actionMenu({
    clicked: line,
    checked: [...store.checked.values()],
    filtered: () => store.all(),
    total: store.total,
    deletes,
    refresh: () => {
      store.uncheck();
      store.load();
    },
  });
}
