/** The tags of a repository: newest first or by name, page after page. */

import { get } from "../../lib/api.js";
import { debounce, html, icon, nothing, render, repeat } from "../../lib/dom.js";
import { number } from "../../lib/format.js";
import { complain } from "../../ui/messages.js";
import { empty, failure, waiting } from "../../ui/parts.js";
import { tagLine } from "./tag.js";

const PAGE = 50;
const WAIT = 250;
const PROPS = [
  "id", "name", "digest", "config_digest", "size", "platforms", "created",
  "pushed_at", "pushed_by", "pulled_at", "pulled_by", "pulls",
].join(",");
const ORDERS = [
  { id: "newest", label: "Newest", orderby: "~pushed_at,~created" },
  { id: "name", label: "Name", orderby: "name" },
];
const ABOUT = ["docker_tags_change", "docker_repositories_change"];

export function mountTags(subject, body, reload) {
  const list = new TagList(subject, body, reload);
  list.load();
  const concerned = (events) => !events.length || events.some((one) => ABOUT.includes(one));
  return {
    changed: (events) => (concerned(events) ? list.load() : list.draw()),
    close: () => list.close(),
  };
}

class TagList {
  #subject;
  #body;
  #reload;
  #state = { text: "", order: ORDERS[0], rows: null, total: 0, busy: false, error: null };
  #request = new AbortController();

  constructor(subject, body, reload) {
    this.#subject = subject;
    this.#body = body;
    this.#reload = reload;
  }

  /** Ask again for as many lines as are shown, or for one page more of them. */
  async load(more = false) {
    const { text, order, rows } = this.#state;
    const offset = more ? rows.length : 0;
    const asked = {
      filters: `repository_id ${this.#subject.id}`, props: PROPS, orderby: order.orderby, offset,
      search: text, search_props: text ? "name" : "",
      limit: more ? PAGE : Math.max(PAGE, rows?.length ?? 0),
    };
    this.close();
    const request = (this.#request = new AbortController());
    this.#change({ busy: true });
    try {
      const { data, meta } = await get(["docker", "tags"], asked, { signal: request.signal });
      const all = more ? [...rows, ...data] : data;
      this.#change({ rows: all, total: meta.total, busy: false, error: null });
    } catch (error) {
      if (!request.signal.aborted) this.#change({ error, busy: false });
    }
  }

  draw() {
    render(this.#view(), this.#body);
  }

  close() {
    this.#request.abort();
  }

  #change(parts) {
    Object.assign(this.#state, parts);
    this.draw();
  }

  #typed = debounce(WAIT, (text) => {
    // Another list: its first page.
    Object.assign(this.#state, { text: text.trim(), rows: this.#state.rows?.slice(0, PAGE) });
    this.load();
  });

  #view() {
    return html`<div class="tag-tools">
        <input type="search" aria-label="Filter tags by name" placeholder="Filter by name" maxlength="128"
          autocomplete="off" autocapitalize="none" spellcheck="false"
          @input=${(event) => this.#typed(event.target.value)}>
        <div class="row" role="group" aria-label="Order">
          ${ORDERS.map((order) => html`<button
            class="button small" aria-pressed=${String(order === this.#state.order)}
            @click=${() => this.#sort(order)}
          >${order.label}</button>`)}
        </div>
        <p class="quiet tag-count" role="status">${this.#counted()}</p>
      </div>
      ${this.#listed()}`;
  }

  #sort(order) {
    Object.assign(this.#state, { order, rows: this.#state.rows?.slice(0, PAGE) });
    this.load();
  }

  #counted() {
    const { rows, total, text } = this.#state;
    if (!rows) return "";
    const what = `${number(total)} tag${total === 1 ? "" : "s"}${text ? " found" : ""}`;
    return rows.length < total ? `${number(rows.length)} of ${what}` : what;
  }

  #listed() {
    const { rows, total, text, error, busy } = this.#state;
    if (error) return failure(error, () => this.load());
    if (!rows) return waiting();
    if (!rows.length) return text ? none(text) : untagged(this.#subject);
    const left = total - rows.length;
    return html`<ul class="tag-list" aria-label="Tags" aria-busy=${String(busy)}>
        ${repeat(rows, (row) => row.id, (row) => tagLine(row, this.#subject, () => this.#delete(row)))}
      </ul>
      ${left > 0
        ? html`<div class="buttons"><button class="button" ?disabled=${busy} @click=${() => this.load(true)}>
            ${icon("chevron-down")} Show ${number(Math.min(PAGE, left))} more
          </button></div>`
        : nothing}`;
  }

  async #delete(row) {
    const { registry, one } = this.#subject;
    const line = {
      registry_id: one.registry_id, registry_service: registry?.service,
      repository_id: one.id, repository_name: one.repository, tag_id: row.id, tag_name: row.name,
    };
    try {
      const { deleteObjects } = await import("../../ui/actions.js");
      await deleteObjects("tag", [line], () => this.#reload());
    } catch (error) {
      complain(error);
    }
  }
}

const none = (text) => empty(`No tag has “${text}” in its name.`, "Clear the filter to see all of them.");

const untagged = (subject) =>
  empty(
    "This repository has no tag.",
    html`A tag appears with <code>docker push ${subject.place}:latest</code>,
      or when discovery finds it in the registry.`,
  );
