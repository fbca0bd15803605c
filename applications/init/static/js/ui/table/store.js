/** A table's lines and view: asks the server, follows changes, tells when to draw. */

import { ask, query } from "../../lib/api.js";
import { how } from "../../lib/live.js";
import { complain } from "../messages.js";
import { addressOf, order, parameters, read } from "./address.js";
import { following } from "./following.js";
import { kept, keep } from "./keeping.js";
import { implied, newTable } from "./library.js";

export const PAGES = [20, 50, 100, 500];
const MOST_LIVE = 50;
/** As many lines as the server gives at once. */
export const ALL = 20_000;

/** The state of one table; `draw` is called whenever it changed. */
export class Store {
  constructor(definition, draw) {
    this.definition = definition;
    this.draw = draw;
    this.columns = new Map(definition.columns.map((column) => [column.name, column]));
    this.defaults = {
      visible: definition.columns.filter((column) => column.visible).map((column) => column.name),
      order: [],
      limit: 50,
      offset: 0,
      filters: {},
    };
    this.basic = this.defaults; // what others have who kept no default
    this.view = this.defaults;
    this.typed = {};
    this.lines = [];
    this.total = 0;
    this.problem = null;
    this.loading = true;
    this.live = true;
    this.fresh = new Set();
    this.beat = false;
    this.checked = new Map();
    this.request = null;
    this.table = newTable(definition.columns);
    this.sync();
  }

  /** Begin: what is kept for this user, then what the address says. */
  async start() {
    const { volatile, id } = this.definition;
    if (!volatile) {
      const mine = await kept(id);
      this.live = mine.live ?? true;
      if (mine.default) this.defaults = { ...read(id, this.defaults, mine.default), filters: {}, offset: 0 };
      this.view = this.restricted(read(id, this.defaults));
      this.back = () => this.returned();
      addEventListener("popstate", this.back);
    }
    this.follow();
    await this.load();
  }

  /** End all that goes on by itself. */
  close() {
    this.request?.abort();
    this.unfollow?.();
    removeEventListener("popstate", this.back);
  }

  /** Change the view, and show it; `quietly` is no step that the back button undoes. */
  go(changes, { quietly = false, typing = false } = {}) {
    if (!typing) this.typed = {};
    const moved = "offset" in changes;
    const before = this.view;
    this.view = this.restricted({ ...before, ...changes, offset: moved ? changes.offset : 0 });
    this.write(quietly);
    this.sync();
    return this.load();
  }

  /** Filter by columns, `{name: text}`; an empty text ends it. */
  filter(texts, { typing = false } = {}) {
    const filters = { ...this.view.filters };
    for (const [name, text] of Object.entries(texts)) {
      if (text.trim()) filters[name] = text.trim();
      else delete filters[name];
    }
    // All that is typed into one input is one step.
    const step = typing ? String(Object.keys(texts)) : "";
    const quietly = typing && step === this.step;
    const done = this.go({ filters }, { quietly, typing });
    this.step = step;
    return done;
  }

  /** The address of exactly this view, whatever others have as their default. */
  link() {
    const { id } = this.definition;
    return location.origin + addressOf(id, parameters(id, this.view));
  }

  /** Ask for the lines again; those there stay until the answer has come. `live` does it silently. */
  async load({ live = false } = {}) {
    this.request?.abort();
    const mine = new AbortController();
    this.request = mine;
    if (!live) {
      this.loading = true;
      this.draw();
    }
    try {
      const names = this.props();
      const answer = await this.ask("data", { ...this.page(), props: names.join(",") }, mine.signal);
      this.take(answer, names, live && !this.loading);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.problem = error;
    }
    this.loading = false;
    this.draw();
  }

  /** All lines that the filters choose, at most 20,000. */
  async all() {
    const names = this.props();
    const answer = await this.ask("data", { limit: ALL, props: names.join(",") });
    return answer.data.map((values) => this.line(names, values));
  }

  /** How often each value of a column is there. */
  async values(name) {
    const filters = { ...this.view.filters, [name]: undefined };
    const answer = await ask(`${this.definition.url}_col_values/${name}${this.query({}, filters)}`);
    return answer.data[name];
  }

  /** Where the lines are as CSV, as they are filtered, sorted and shown. */
  csv() {
    const props = this.shown().map((column) => column.name).join(",");
    return `${this.definition.url}/csv${this.query({ props, orderby: order(this.view) })}`;
  }

  /** The columns that are seen, in their order. */
  shown() {
    return this.table.getVisibleLeafColumns().map((column) => this.columns.get(column.id));
  }

  /** Have columns, order and lines per page as they are now from the start. */
  setDefaults() {
    const { visible, order: sorting, limit } = this.view;
    this.defaults = { ...this.defaults, visible, order: sorting, limit };
    this.write(true);
  }

  /** Follow changes, or not. */
  setLive(live) {
    this.live = live;
    if (!this.definition.volatile) keep(this.definition.id, { live }).catch(complain);
    this.follow();
    this.go({ offset: this.view.offset }, { quietly: true });
  }

  /** How changes come. */
  get how() {
    return this.live ? how() : "off";
  }

  /** The lines per page that can be chosen. */
  get pages() {
    return this.live ? PAGES.filter((size) => size <= MOST_LIVE) : PAGES;
  }

  /** Check lines, or no longer. */
  check(lines, yes) {
    for (const line of lines) {
      if (yes) this.checked.set(line.key, line);
      else this.checked.delete(line.key);
    }
    this.sync();
    this.draw();
  }

  /** Check all lines that the filters choose. */
  async checkAll() {
    try {
      this.check(await this.all(), true);
    } catch (error) {
      complain(error);
    }
  }

  uncheck() {
    this.checked.clear();
    this.sync();
    this.draw();
  }

  // What follows is its own.

  /** Put the view into the address. */
  write(quietly) {
    const { id, volatile } = this.definition;
    this.step = "";
    if (volatile) return;
    const address = addressOf(id, parameters(id, this.view, this.basic, this.defaults));
    if (address === location.pathname + location.search) return;
    if (quietly) history.replaceState(history.state, "", address);
    else history.pushState(history.state, "", address);
  }

  /** The browser went back or forward: show what the address says, if that is something else. */
  returned() {
    const { id } = this.definition;
    const view = this.restricted(read(id, this.defaults));
    const same = JSON.stringify(parameters(id, view)) === JSON.stringify(parameters(id, this.view));
    if (same) return;
    this.typed = {};
    this.step = "";
    this.view = view;
    this.sync();
    this.load();
  }

  /** Give the library the state that ours implies. */
  sync() {
    const state = implied(this.view, [...this.columns.keys()], [...this.checked.keys()]);
    this.table.setOptions((before) => ({
      ...before,
      data: this.lines,
      rowCount: this.total,
      state: { ...before.state, ...state },
      onSortingChange: (change) => this.go({ order: change(this.view.order) }),
    }));
  }

  restricted(view) {
    const known = (name) => this.columns.has(name);
    const limit = Math.max(...this.pages.filter((size) => size <= view.limit), this.pages[0]);
    const visible = view.visible.filter(known);
    return {
      ...view,
      limit,
      visible: visible.length ? visible : this.defaults.visible,
      order: view.order.filter(({ id }) => known(id)),
      filters: Object.fromEntries(Object.entries(view.filters).filter(([name]) => known(name))),
    };
  }

  props() {
    return [...new Set([...this.view.visible, ...(this.definition.forced ?? [])])];
  }

  page() {
    return { limit: this.view.limit, offset: this.view.offset };
  }

  query(more, filters = this.view.filters) {
    const { id, fixed = {} } = this.definition;
    const named = Object.entries({ ...filters, ...fixed }).map(([name, text]) => [`${id}_f_${name}`, text]);
    return query({ table_id: id, ...Object.fromEntries(named), ...more });
  }

  ask(what, more, signal) {
    const orderby = order(this.view);
    return ask(`${this.definition.url}/${what}${this.query({ orderby, ...more })}`, { signal });
  }

  take(answer, names, changed) {
    const before = new Map(this.lines.map((line) => [line.key, line.text]));
    this.problem = null;
    this.total = answer.meta.total;
    this.view = { ...this.view, offset: answer.meta.offset };
    this.lines = answer.data.map((values) => this.line(names, values));
    const fresh = changed && before.size ? this.lines.filter((l) => before.get(l.key) !== l.text) : [];
    this.fresh = new Set(fresh.map((line) => line.key));
    this.beat = !this.beat;
    for (const line of this.lines) if (this.checked.has(line.key)) this.checked.set(line.key, line);
    this.sync();
  }

  line(names, values) {
    const line = Object.fromEntries(
      names.map((name, place) => [name, values[place] === "empty" ? null : values[place]]),
    );
    line.key = this.definition.key(line);
    line.text = JSON.stringify(values);
    return line;
  }

  follow() {
    this.unfollow?.();
    this.unfollow = null;
    const { events } = this.definition;
    if (!this.live || !events?.length) return;
    this.unfollow = following(events, () => this.load({ live: true }), () => this.draw());
  }
}
