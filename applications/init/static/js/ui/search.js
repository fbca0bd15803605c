/** The search box of the header: one text, looked for in all that one sees. */

import { get } from "../lib/api.js";
import { createRef, render, unique } from "../lib/dom.js";
import { arranged } from "./search/kinds.js";
import { view } from "./search/view.js";
import { parse, within } from "./search/words.js";

const WAIT = 200;
const FEW = 10;
const MANY = 200;

/** Put the search box into an element; `/` and Ctrl+K go to it from everywhere on the page. */
export function mountSearch(host) {
  const box = new SearchBox(host);
  box.draw();
  addEventListener("keydown", (event) => box.called(event));
  addEventListener("mousedown", (event) => {
    if (!host.contains(event.target)) box.close();
  });
  host.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !host.contains(relatedTarget)) box.close();
  });
}

class SearchBox {
  #host;
  #timer = 0;
  #request = new AbortController();
  /** What Enter wants of an answer that is still to come. */
  #entered = false;
  #state = {
    id: unique("search"), input: createRef(),
    typed: "", open: false, at: -1, limit: FEW, found: null, busy: false, error: null,
  };
  #on = {
    typed: (event) => this.#search(event.target.value),
    pressed: (event) => this.#pressed(event),
    clicked: () => this.#change({ open: true }),
    cleared: () => this.#clear(),
    scoped: (word) => this.#scope(within(this.#state.typed, word)),
    chosen: (option) => this.#choose(option),
    again: () => this.#ask(),
  };

  constructor(host) {
    this.#host = host;
  }

  draw() {
    render(view(this.#state, this.#on), this.#host);
  }

  close() {
    this.#entered = false;
    if (this.#state.open) this.#change({ open: false, at: -1 });
  }

  /** A key somewhere on the page: not while somebody types elsewhere, nor behind a dialog. */
  called(event) {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    const control = (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k";
    const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !typing;
    if (!(control || slash) || document.querySelector("dialog:modal")) return;
    event.preventDefault();
    this.#focus();
    this.#change({ open: true });
  }

  #focus() {
    this.#state.input.value.focus();
    this.#state.input.value.select();
  }

  #change(parts) {
    Object.assign(this.#state, parts);
    this.draw();
  }

  #clear() {
    this.#search("");
    this.#focus();
  }

  #scope(typed) {
    this.#search(typed, FEW, 0);
    this.#state.input.value.focus();
  }

  /** Look for what is typed now; an answer to what was typed before is not shown any more. */
  #search(typed, limit = FEW, wait = WAIT) {
    clearTimeout(this.#timer);
    this.#request.abort();
    this.#entered = false;
    const { text } = parse(typed);
    const found = text ? this.#state.found : null;
    this.#change({ typed, limit, found, open: true, at: -1, busy: Boolean(text), error: null });
    if (text) this.#timer = setTimeout(() => this.#ask(), wait);
  }

  async #ask() {
    clearTimeout(this.#timer);
    this.#request.abort();
    const { signal } = (this.#request = new AbortController());
    const { word, text } = parse(this.#state.typed);
    this.#change({ busy: true, error: null });
    try {
      const asked = { substring: text, in: word, limit: this.#state.limit };
      const { data } = await get(["search"], asked, { signal });
      if (!signal.aborted) this.#answered(arranged(data, this.#state.limit < MANY));
    } catch (error) {
      if (!signal.aborted) this.#change({ error, found: null, busy: false });
    }
  }

  #answered(found) {
    this.#change({ found, busy: false, at: -1 });
    if (this.#entered) this.#enter();
  }

  #pressed(event) {
    const { open, found } = this.#state;
    const last = (found?.options.length ?? 0) - 1;
    if (event.key === "Escape") this.#escape(event);
    else if (event.key === "Enter") this.#enter();
    else if (event.key === "Tab") return;
    else if (open && event.key === "ArrowDown") this.#move(this.#state.at >= last ? 0 : this.#state.at + 1);
    else if (open && event.key === "ArrowUp") this.#move(this.#state.at <= 0 ? last : this.#state.at - 1);
    else if (event.key === "ArrowDown") this.#change({ open: true });
    else return;
    event.preventDefault();
  }

  #escape(event) {
    event.stopPropagation();
    if (!this.#state.open) this.#search("");
    this.close();
  }

  #move(at) {
    const option = this.#state.found?.options[at];
    if (!option) return;
    this.#change({ at });
    document.getElementById(`${this.#state.id}-${at}`)?.scrollIntoView({ block: "nearest" });
  }

  /** Open what is chosen, or the only one that was found; of several choose the first. */
  #enter() {
    const { at, found, busy, typed } = this.#state;
    if (!parse(typed).text) return;
    if (busy || !found) {
      if (busy) this.#ask();
      else this.#search(typed, FEW, 0);
      this.#entered = true;
      return;
    }
    this.#entered = false;
    if (!this.#state.open) this.#change({ open: true });
    if (at >= 0) this.#choose(found.options[at]);
    else if (found.rows.length === 1) this.#choose(found.rows[0]);
    else this.#move(0);
  }

  #choose(option) {
    if (option.more) return this.#search(within(this.#state.typed, option.kind.word), MANY, 0);
    this.close();
    option.kind.open(option.row);
  }
}
