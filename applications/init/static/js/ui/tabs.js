/** Tabs: arrows move between them, and what was opened once stays as it was left. */

import { html, icon, nothing, render, unique } from "../lib/dom.js";

/**
 * Draw tabs into an element.
 * @param {Element} host
 * @param {object} options
 * @param {string} options.label what the tabs are about
 * @param {object[]} options.list each with id, label, icon, and mount(body) which draws the section when
 *   it is first shown, and returns `{shown, hidden, close}`, each of them optional
 * @param {string} [options.first] the id of the one to begin with
 * @param {(id: string) => void} [options.chosen]
 * @returns {{choose: (id: string) => void, close: () => void}}
 */
export function mountTabs(host, { label, list, first, chosen = () => {} }) {
  const id = unique("tabs");
  const sections = new Map();
  let current = null;
  const draw = () => render(view(), host);
  const choose = (wanted) => {
    if (wanted === current) return;
    sections.get(current)?.hidden?.();
    current = wanted;
    draw();
    host.querySelector(`#${id}-${wanted}`).scrollIntoView({ block: "nearest", inline: "nearest" });
    const known = sections.get(wanted);
    if (known) known.shown?.();
    else sections.set(wanted, list.find((one) => one.id === wanted).mount(body(wanted)) ?? {});
    chosen(wanted);
  };
  const body = (wanted) => host.querySelector(`#${id}-${wanted}-panel`);
  const moved = (event) => {
    const at = list.findIndex((one) => one.id === current);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: list.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(list[(to + list.length) % list.length].id);
    host.querySelector('[role="tab"][aria-selected="true"]').focus();
  };
  const view = () => html`<div class="tabs" role="tablist" aria-label=${label} @keydown=${moved}>
      ${list.map((one) => tab(one, id, current, choose))}
    </div>
    ${list.map((one) => html`<div
      id="${id}-${one.id}-panel" class="tab-panel" role="tabpanel" aria-labelledby="${id}-${one.id}"
      ?hidden=${one.id !== current}
    ></div>`)}`;
  choose(list.some((one) => one.id === first) ? first : list[0].id);
  return { choose, close: () => sections.forEach((section) => section.close?.()) };
}

function tab(one, id, current, choose) {
  const selected = one.id === current;
  return html`<button
    id="${id}-${one.id}" class="tab" role="tab" aria-selected=${String(selected)}
    aria-controls="${id}-${one.id}-panel" tabindex=${selected ? "0" : "-1"} @click=${() => choose(one.id)}
  >${one.icon ? icon(one.icon) : nothing}<span>${one.label}</span></button>`;
}
