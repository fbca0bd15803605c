/** Templates: texts put into them stay texts; nothing here makes markup out of data. */

import { html, nothing, render, svg } from "../../vendor/lit-html/lit-html.js";
import { classMap } from "../../vendor/lit-html/directives/class-map.js";
import { keyed } from "../../vendor/lit-html/directives/keyed.js";
import { live } from "../../vendor/lit-html/directives/live.js";
import { ref, createRef } from "../../vendor/lit-html/directives/ref.js";
import { repeat } from "../../vendor/lit-html/directives/repeat.js";
import { styleMap } from "../../vendor/lit-html/directives/style-map.js";

export { classMap, createRef, html, keyed, live, nothing, ref, render, repeat, styleMap, svg };

const STATIC = document.body.dataset.static;

/** A picture of gui/icons.txt; decoration only, so what it means stands beside it or in a label. */
export function icon(name) {
  return html`<svg class="icon" aria-hidden="true"><use href="${STATIC}/vendor/icons.svg#${name}"></use></svg>`;
}

let ids = 0;

/** An id that no other element has. */
export function unique(prefix) {
  ids += 1;
  return `${prefix}-${ids}`;
}

/** Call a function once, some time after the last of many calls. */
export function debounce(wait, call) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...args), wait);
  };
}
