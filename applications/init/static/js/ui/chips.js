/** A row of names; a long one is folded until somebody asks for all of it. */

import { html, icon, nothing, render } from "../lib/dom.js";
import { number } from "../lib/format.js";

const FIRST = 24;
const MOST = 1000;

/**
 * @param {object[]} items each with label, and action (a function) or href where it leads somewhere;
 *   `note` is its title
 * @param {string} what they are, such as "users": for "all 31 users"
 * @param {number} [total] how many there are, where not all of them are given
 */
export const chipList = (items, what, total = items.length) =>
  html`<chip-list .list=${{ items, what, total }}></chip-list>`;

class ChipList extends HTMLElement {
  #list = { items: [], what: "", total: 0 };
  #whole = false;

  set list(list) {
    this.#list = list;
    this.#draw();
  }

  #draw() {
    const { items } = this.#list;
    const shown = items.slice(0, this.#whole ? MOST : FIRST);
    render(
      html`<ul class="chip-list">${shown.map((item) => html`<li>${chip(item)}</li>`)}</ul>
        ${this.#rest(shown.length)}`,
      this,
    );
  }

  #rest(shown) {
    const { items, what, total } = this.#list;
    if (this.#whole || items.length <= FIRST) {
      return total > shown ? html`<p class="quiet">and ${number(total - shown)} more ${what}</p>` : nothing;
    }
    return html`<button class="button small" @click=${() => this.#unfold(shown)}>
      Show ${items.length < total ? "more" : `all ${number(total)}`} ${what}
    </button>`;
  }

  #unfold(shown) {
    this.#whole = true;
    this.#draw();
    this.querySelectorAll("li > *")[shown]?.focus();
  }
}

function chip({ label, note, action, href, picture }) {
  const inside = html`${picture ? icon(picture) : nothing}<span>${label}</span>`;
  if (href) return html`<a class="chip" href=${href} title=${note ?? nothing}>${inside}</a>`;
  if (action) return html`<button class="chip" title=${note ?? nothing} @click=${action}>${inside}</button>`;
  return html`<span class="chip" title=${note ?? nothing}>${inside}</span>`;
}

customElements.define("chip-list", ChipList);
