/**
 * What can be done with lines of a table: a dialog with a filter, whose choice is made by keyboard.
 *
 *   actionMenu({ clicked: row, checked: [rows], filtered: async () => rows, total: 120, refresh })
 */

import { may, needs } from "../lib/context.js";
import { html, icon, nothing, ref, unique } from "../lib/dom.js";
import { number } from "../lib/format.js";
import { counted, KINDS, targets } from "./actions/kinds.js";
import { deleteObjects } from "./actions/delete.js";
import { openDialog } from "./dialog.js";
import { complain } from "./messages.js";

export { deleteObjects };

const MANAGER = "DockerRegistriesManager";
const NO_LINE = { clicked: "Nothing was clicked.", checked: "No line is checked.", filtered: "" };

/**
 * Open the menu.
 * @param {object} options
 * @param {object | null} [options.clicked] the line that was clicked
 * @param {object[]} [options.checked] the lines that are checked
 * @param {() => Promise<object[]>} [options.filtered] answers all filtered lines
 * @param {number} [options.total] how many these are
 * @param {() => void} [options.refresh] called when something was changed
 * @param {boolean} [options.deletes] false where the table's lines hold nothing that can be deleted
 *
 * Lines are objects with registry_id, repository_id, tag_id (null where they have none) and the names
 * registry_service, repository_name, tag_name.
 */
export function actionMenu(options) {
  const state = new State(options);
  const dialog = openDialog({ title: "Actions", view: () => view(state), className: "actions" });
  state.draw = () => dialog.draw();
  state.leave = () => dialog.close();
  state.choose(state.scopes[0]?.id ?? "none");
}

/** What is chosen, typed and known. */
class State {
  constructor({ clicked = null, checked = [], filtered, total, refresh, deletes = true }) {
    this.id = unique("actions");
    this.text = "";
    this.at = 0;
    this.rows = [];
    this.problem = "";
    this.loading = false;
    this.refresh = refresh;
    this.filtered = filtered;
    this.known = { clicked: clicked ? [clicked] : [], checked, none: [] };
    this.deletes = deletes && holdsIds([...this.known.clicked, ...checked]);
    this.scopes = this.deletes ? scopes(clicked, checked, filtered, total) : [];
  }

  async choose(scope) {
    this.scope = scope;
    this.problem = "";
    if (scope === "filtered" && !this.known.filtered) await this.load();
    if (this.scope !== scope) return;
    this.rows = this.known[scope] ?? [];
    this.draw();
  }

  async load() {
    this.loading = true;
    this.rows = [];
    this.draw();
    try {
      this.known.filtered = await this.filtered();
    } catch (error) {
      this.problem = error.message || String(error);
    }
    this.loading = false;
  }

  /** The entries that fit what was typed. */
  entries() {
    const words = this.text.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (one) => words.every((word) => `${one.group} ${one.label}`.toLowerCase().includes(word));
    const kinds = this.deletes ? Object.keys(KINDS) : [];
    return [ADD, ...kinds.map((kind) => deletion(kind, this))].filter(fits);
  }

  run(entry) {
    if (entry.reason) return;
    this.leave();
    entry.action();
  }
}

const ADD = {
  group: "Add",
  label: "Add docker registry",
  icon: "plus",
  reason: may(MANAGER) ? "" : needs(MANAGER),
  async action() {
    try {
      (await import("../panels/add-registry.js")).addRegistry();
    } catch (error) {
      complain(error);
    }
  },
};

function deletion(kind, state) {
  const list = targets(kind, state.rows);
  return {
    group: `On ${KINDS[kind].many}`,
    label: "Delete",
    icon: "trash-2",
    count: state.loading ? "" : counted(kind, list.length),
    reason: whyNot(kind, state, list),
    action: () => deleteObjects(kind, state.rows, state.refresh),
  };
}

function whyNot(kind, state, list) {
  if (!may(MANAGER)) return needs(MANAGER);
  if (state.loading) return "The lines are being read…";
  if (state.problem) return state.problem;
  if (list.length) return "";
  if (!state.rows.length) return NO_LINE[state.scope] || "There is no line.";
  return `There is no ${KINDS[kind].one} in ${state.rows.length === 1 ? "this line" : "these lines"}.`;
}

function scopes(clicked, checked, filtered, total) {
  const all = total === undefined ? "All filtered lines" : `All ${number(total)} filtered lines`;
  const lines = checked.length === 1 ? "1 checked line" : `${number(checked.length)} checked lines`;
  return [
    clicked && { id: "clicked", label: "The clicked line" },
    checked.length && { id: "checked", label: lines },
    filtered && { id: "filtered", label: all },
  ].filter(Boolean);
}

const holdsIds = (rows) =>
  !rows.length || rows.some((row) => Object.values(KINDS).some((kind) => kind.id in row));

function view(state) {
  const entries = state.entries();
  state.at = Math.min(state.at, Math.max(0, entries.length - 1));
  return html`<input
      role="combobox" aria-label="Filter the actions" placeholder="Type to find an action"
      aria-expanded="true" aria-controls=${state.id} aria-autocomplete="list" autocomplete="off"
      aria-activedescendant=${entries.length ? `${state.id}-${state.at}` : nothing}
      @input=${(event) => ((state.text = event.target.value), (state.at = 0), state.draw())}
      @keydown=${(event) => pressed(event, state, entries)} ${ref(focusOnce)}
    >
    ${state.scopes.length ? choice(state) : nothing}
    <div id=${state.id} class="action-list" role="listbox" aria-label="Actions">
      ${groups(entries).map(([name, list]) => group(name, list, state))}
    </div>
    <p class="quiet" role="status">${entries.length ? "" : "No action has these words."}</p>`;
}

function choice(state) {
  return html`<fieldset class="scopes">
    <legend>For</legend>
    ${state.scopes.map((scope) => html`<label>
      <input type="radio" name=${`${state.id}-scope`} .checked=${scope.id === state.scope}
        @change=${() => state.choose(scope.id)}>
      ${scope.label}
    </label>`)}
  </fieldset>`;
}

function group(name, list, state) {
  const id = `${state.id}-${list[0].at}-group`;
  return html`<div role="group" aria-labelledby=${id}>
    <div id=${id} class="action-group" role="presentation">${name}</div>
    ${list.map((entry) => option(entry, state))}
  </div>`;
}

function option(entry, state) {
  const chosen = entry.at === state.at;
  return html`<div
    id="${state.id}-${entry.at}" class="action" role="option" aria-selected=${String(chosen)}
    aria-disabled=${String(Boolean(entry.reason))} @click=${() => state.run(entry)}
  >
    ${icon(entry.icon)}
    <span>${entry.label}${entry.count ? html` <span class="badge">${entry.count}</span>` : nothing}
      ${entry.reason ? html`<small>${entry.reason}</small>` : nothing}</span>
  </div>`;
}

/** The entries by group, numbered through. */
function groups(entries) {
  const found = new Map();
  entries.forEach((entry, at) => {
    entry.at = at;
    found.set(entry.group, [...(found.get(entry.group) ?? []), entry]);
  });
  return [...found];
}

function pressed(event, state, entries) {
  const last = entries.length - 1;
  const to = {
    ArrowDown: state.at >= last ? 0 : state.at + 1,
    ArrowUp: state.at <= 0 ? last : state.at - 1,
  }[event.key];
  if (to !== undefined) state.at = Math.max(0, to);
  else if (event.key === "Enter" && entries[state.at]) state.run(entries[state.at]);
  else return;
  event.preventDefault();
  state.draw();
}

function focusOnce(element) {
  if (element) queueMicrotask(() => element.focus());
}
