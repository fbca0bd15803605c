/** What the search box looks like. */

import { html, icon, live, nothing, ref } from "../../lib/dom.js";
import { number } from "../../lib/format.js";
import { failure } from "../parts.js";
import { parse, pieces } from "./words.js";

const SCOPES = [
  { word: "", label: "All" },
  { word: "docker", label: "Docker" },
];

/**
 * @param {object} state of the search box
 * @param {object} on what to call: typed, pressed, clicked, cleared, scoped(word), chosen(option), again
 */
export function view(state, on) {
  const { id, open, at, typed } = state;
  const active = open && at >= 0 ? `${id}-${at}` : nothing;
  return html`<div class="search-field">
      ${icon("search")}
      <input
        role="combobox" aria-label="Search" aria-expanded=${String(open)} aria-controls="${id}-list"
        aria-autocomplete="list" aria-activedescendant=${active} aria-keyshortcuts="/ Control+K"
        placeholder="Search" autocomplete="off" autocapitalize="none" spellcheck="false" enterkeyhint="search"
        maxlength="280" .value=${live(typed)} @input=${on.typed} @keydown=${on.pressed} @click=${on.clicked}
        ${ref(state.input)}
      >
      ${typed
        ? html`<button class="plain" aria-label="Clear the search" @click=${on.cleared}>${icon("x")}</button>`
        : html`<kbd aria-hidden="true">/</kbd>`}
    </div>
    <div class="search-results" ?hidden=${!open}>${results(state, on)}</div>
    <p class="visually-hidden" role="status">${open ? said(state) : ""}</p>`;
}

function results(state, on) {
  const { id, found, error, typed } = state;
  const { word, text } = parse(typed);
  return html`${scopes(word, on)}
    ${error ? failure(error, on.again) : nothing}
    <div id="${id}-list" role="listbox" aria-label="Found" class="search-list">
      ${found && !error ? found.groups.map((group) => section(group, state, text, on)) : nothing}
    </div>
    ${note(state, text)}
    <p class="search-keys quiet" aria-hidden="true"><kbd>↑</kbd><kbd>↓</kbd> choose <kbd>Enter</kbd> open
      <kbd>Esc</kbd> close</p>`;
}

function scopes(word, on) {
  const known = SCOPES.some((scope) => scope.word === word);
  const list = known ? SCOPES : [...SCOPES, { word, label: `${word}:` }];
  return html`<div class="search-scopes" role="group" aria-label="Where to look">
    ${list.map((scope) => html`<button
      class="button small" aria-pressed=${String(scope.word === word)} @click=${() => on.scoped(scope.word)}
    >${scope.label}</button>`)}
  </div>`;
}

function section({ kind, total, rows, more }, state, text, on) {
  const id = `${state.id}-${kind.key}`;
  return html`<div role="group" aria-labelledby=${id}>
    <div id=${id} class="search-kind" role="presentation">
      ${kind.title} <span class="quiet">${number(total)}</span>
    </div>
    ${rows.map((option) => row(option, state, text, on))}
    ${more
      ? choice(more, state, on, html`<span class="search-more">more… (${number(total)} in all)</span>`)
      : rest(total - rows.length)}
  </div>`;
}

const rest = (left) =>
  left > 0
    ? html`<p class="quiet" role="presentation">${number(left)} more: a longer text finds them.</p>`
    : nothing;

function row(option, state, text, on) {
  const { kind, row: one } = option;
  return choice(
    option, state, on,
    html`${icon(kind.icon)}<span class="search-name">${marked(kind.name(one), text)}</span>
      <small class="quiet">${marked(kind.note(one), text)}</small>`,
  );
}

const choice = (option, state, on, inside) => html`<div
  id="${state.id}-${option.at}" role="option" class="search-option"
  aria-selected=${String(option.at === state.at)}
  @mousedown=${(event) => event.preventDefault()} @click=${() => on.chosen(option)}
>${inside}</div>`;

const marked = (name, text) =>
  pieces(String(name ?? ""), text).map(({ text: piece, hit }) => (hit ? html`<mark>${piece}</mark>` : piece));

function note({ busy, found, error }, text) {
  if (error) return nothing;
  if (!text) {
    return html`<p class="quiet">A part of a name finds registries, repositories, users, groups, applications,
      services and nodes. <code>docker: web</code> looks in registries and repositories only.</p>`;
  }
  if (busy && !found) return html`<p class="quiet loading">Searching…</p>`;
  if (found && !found.rows.length) {
    return html`<p class="quiet">Nothing that you see has “${text}” in its name.</p>`;
  }
  return nothing;
}

/** What screen readers are told. */
function said({ found, busy, error, typed }) {
  if (error || busy || !found || !parse(typed).text) return "";
  const total = found.groups.reduce((sum, group) => sum + group.total, 0);
  if (!total) return "Nothing found.";
  const kinds = found.groups.map(
    ({ kind, total: count }) => `${number(count)} ${count === 1 ? kind.one : kind.title.toLowerCase()}`,
  );
  return `${number(total)} found: ${kinds.join(", ")}.`;
}
