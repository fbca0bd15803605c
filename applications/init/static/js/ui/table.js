/**
 * A table of the server's: sorted, filtered and paged there, a screen or a part of a panel here.
 *
 *   const table = mountTable(host, definition);   // {store, close}
 *
 * A definition has
 * - id, title, url: as `/init/registry/ajax_registries`;
 * - columns: `{name, title, visible, kind, numeric, cell(line)}`; kind "date" offers recent times;
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
import { Store } from "./table/store.js";
import { toolbar } from "./table/toolbar.js";

/** Draw a table into an element, and keep it up to date until it is closed. */
export function mountTable(host, definition) {
  const store = new Store(definition, () => draw());
  const ui = {
    at: "",
    last: "",
    name: (line) => definition.name?.(line) ?? line.key,
    actions: (line) => act(store, line),
  };
  const draw = () => render(view(store, ui), host);
  draw();
  store.start();
  return { store, close: () => store.close() };
}

function view(store, ui) {
  if (!store.lines.some(({ key }) => key === ui.at)) ui.at = store.lines[0]?.key;
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
  return html`<p class="table-selection" role="status">${number(store.checked.size)} checked
    <button class="link" @click=${() => store.uncheck()}>Uncheck</button></p>`;
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
