/** What stands above a table: pages, refresh, live, columns, bookmarks, link, CSV, actions. */

import { html, icon, nothing, live as same } from "../../lib/dom.js";
import { number } from "../../lib/format.js";
import { menuButton } from "../menu.js";
import { copy } from "../parts.js";
import { openBookmarks } from "./bookmarks.js";
import { openColumns } from "./columns.js";

const HOW = {
  stream: "Changes appear by themselves.",
  polling: "Changes appear by themselves, asked for every second and a half.",
  off: "Changes do not appear by themselves.",
};

/** Draw it. */
export function toolbar(store, actions) {
  return html`<div class="table-tools" role="group" aria-label="About the table">
    ${store.definition.lead?.() ?? nothing}
    ${pages(store)}
    ${store.definition.narrow ? nothing : buttons(store)}
    <button class="button" @click=${actions}>${icon("ellipsis-vertical")}Actions${
      store.checked.size ? html` <span class="badge">${number(store.checked.size)}</span>` : nothing
    }</button>
  </div>`;
}

function buttons(store) {
  const { definition } = store;
  return html`
    <button class="button" title="Ask again" aria-label="Refresh" @click=${() => store.load()}>
      ${icon("refresh-cw")}
    </button>
    <button class="button" aria-pressed=${String(store.live)} title=${HOW[store.how]}
      @click=${() => store.setLive(!store.live)}>${icon("radio")}Live${
        store.how === "polling" ? html` <small>polling</small>` : nothing
      }</button>
    ${Object.keys(store.view.filters).length
      ? html`<button class="button" aria-label="Clear all filters" title="Clear all filters"
          @click=${() => store.go({ filters: {} })}>${icon("filter-x")}</button>`
      : nothing}
    ${menuButton({
      label: html`${icon("settings")}View`,
      title: "View",
      items: [
        { label: "Columns…", icon: "columns-3", action: () => openColumns(store) },
        ...(definition.volatile
          ? []
          : [
              { label: "Bookmarks…", icon: "bookmark", action: () => openBookmarks(store) },
              { label: "Copy the link to this view", icon: "link", action: () => copy(store.link(), "link") },
            ]),
        { label: "Download as CSV", icon: "download", href: store.csv() },
        { label: "Clear filters and order", icon: "filter-x", action: () => store.go({ filters: {}, order: [] }) },
      ],
    })}`;
}

function pages(store) {
  const { offset, limit } = store.view;
  const { total } = store;
  const last = Math.max(0, Math.floor((total - 1) / limit) * limit);
  const to = (place) => () => store.go({ offset: Math.max(0, Math.min(place, last)) });
  const turn = (name, title, place, off) => html`<button
    class="plain" title=${title} aria-label=${title} ?disabled=${off} @click=${to(place)}
  >${icon(name)}</button>`;
  const from = total ? offset + 1 : 0;
  return html`<div class="table-pages" role="group" aria-label="Pages">
    ${turn("chevrons-left", "First page", 0, offset === 0)}
    ${turn("chevron-left", "Previous page", offset - limit, offset === 0)}
    <span class="table-range" role="status">
      ${number(from)}–${number(Math.min(offset + limit, total))} of ${number(total)}
    </span>
    ${turn("chevron-right", "Next page", offset + limit, offset >= last)}
    ${turn("chevrons-right", "Last page", last, offset >= last)}
    <label class="table-page"><span class="visually-hidden">Page</span>
      <input inputmode="numeric" size="4" .value=${same(String(Math.floor(offset / limit) + 1))}
        title="Page number" @change=${(event) => turned(store, event)}></label>
    <label><span class="visually-hidden">Lines per page</span>
      <select title="Lines per page" @change=${(event) => store.go({ limit: Number(event.target.value) })}>
        ${store.pages.map((size) => html`<option ?selected=${size === limit}>${size}</option>`)}
      </select></label>
  </div>`;
}

function turned(store, event) {
  const page = Number(event.target.value);
  const last = Math.max(1, Math.ceil(store.total / store.view.limit));
  if (!Number.isInteger(page) || page < 1) store.draw();
  else store.go({ offset: (Math.min(page, last) - 1) * store.view.limit });
}
