/** Heads and lines of a table; arrows move between lines, Space checks, Enter opens. */

import { classMap, html, icon, live, nothing, repeat } from "../../lib/dom.js";
import { filterCell, filterHelp } from "./filters.js";

const SORT = "Click to sort; with Shift, by this too.";

/** The `<table>`. */
export function grid(store, ui) {
  const columns = store.shown();
  const main = columns.find((column) => column.main) ?? columns[0];
  const classes = (column) => `${column.numeric ? "numeric" : ""} ${column === main ? "main" : ""}`;
  const cells = columns.map((column) => [column, classes(column)]);
  return html`<table class="table" aria-busy=${String(store.loading)}>
    <caption class="visually-hidden">${store.definition.title}</caption>
    <thead>
      <tr>${checkAll(store)}${cells.map(([column, className]) => head(store, column, className))}
        <th class="table-more"><span class="visually-hidden">Actions</span></th></tr>
      <tr class="table-filters"><td class="table-check">${filterHelp()}</td>
        ${cells.map(([column, className]) => filterCell(store, column, className))}<td></td></tr>
    </thead>
    <tbody @keydown=${(event) => keyed(store, ui, event)}>
      ${repeat(store.lines, (line) => line.key, (line, at) => row(store, ui, cells, line, at))}
    </tbody>
  </table>`;
}

function head(store, { name, title, help }, className) {
  const column = store.table.getColumn(name);
  const sorted = column.getIsSorted();
  const several = store.view.order.length > 1;
  const aria = sorted === "asc" ? "ascending" : sorted === "desc" ? "descending" : nothing;
  return html`<th scope="col" class=${className} aria-sort=${aria}>
    <button class="table-head" title=${[help, SORT].filter(Boolean).join(" ")}
      @click=${(event) => sort(column, several, event.shiftKey)}>${title}${
        sorted ? icon(sorted === "asc" ? "arrow-up" : "arrow-down") : nothing
      }${sorted && several ? html`<small>${column.getSortIndex() + 1}</small>` : nothing}</button>
  </th>`;
}

/** Upwards, downwards, not at all; with Shift beside the other columns. */
function sort(column, several, too) {
  const sorted = column.getIsSorted();
  if (sorted === "desc" && (too || !several)) column.clearSorting();
  else column.toggleSorting(sorted === "asc", too);
}

function checkAll(store) {
  const all = store.lines.length > 0 && store.lines.every((line) => store.checked.has(line.key));
  return html`<th class="table-check"><input type="checkbox" aria-label="Check all lines of this page"
    .checked=${live(all)} @change=${(event) => store.check(store.lines, event.target.checked)}></th>`;
}

function row(store, ui, cells, line, at) {
  const checked = store.table.getRow(line.key)?.getIsSelected() ?? false;
  const fresh = store.fresh.has(line.key);
  const classes = { checked, fresh, again: fresh && store.beat };
  return html`<tr class=${classMap(classes)} tabindex=${line.key === ui.at ? 0 : -1} data-at=${at}
    @focus=${() => (ui.at = line.key)} @contextmenu=${(event) => menu(ui, line, event)}>
    <td class="table-check"><input type="checkbox" tabindex="-1" aria-label="Check ${ui.name(line)}"
      .checked=${live(checked)} @click=${(event) => clicked(store, ui, at, event)}></td>
    ${cells.map(([column, className]) => html`<td class=${className}>${
      column.cell ? column.cell(line) : line[column.name] ?? nothing
    }</td>`)}
    <td class="table-more"><button class="plain" tabindex="-1" aria-label="Actions on ${ui.name(line)}"
      title="Actions" @click=${() => ui.actions(line)}>${icon("ellipsis-vertical")}</button></td>
  </tr>`;
}

function menu(ui, line, event) {
  if (event.target.closest("a, input")) return;
  event.preventDefault();
  ui.actions(line);
}

function clicked(store, ui, at, event) {
  const last = store.lines.findIndex(({ key }) => key === ui.last);
  const from = event.shiftKey && last >= 0 ? last : at;
  const lines = store.lines.slice(Math.min(from, at), Math.max(from, at) + 1);
  ui.last = store.lines[at].key;
  store.check(lines, event.target.checked);
}

function keyed(store, ui, event) {
  const tr = event.target.closest("tr");
  if (event.target !== tr) return;
  const at = Number(tr.dataset.at);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: store.lines.length - 1 }[event.key];
  const line = store.lines[at];
  if (to !== undefined) {
    event.preventDefault();
    tr.parentElement.querySelector(`[data-at="${Math.max(0, Math.min(to, store.lines.length - 1))}"]`)?.focus();
    store.draw();
  } else if (event.key === " ") {
    event.preventDefault();
    store.check([line], !store.checked.has(line.key));
  } else if (event.key === "Enter") {
    event.preventDefault();
    store.definition.open?.(line);
  } else if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) {
    event.preventDefault();
    ui.actions(line);
  }
}
