/** A button with a menu: arrows move, Escape closes, letters jump. */

import { html, icon, nothing, unique } from "../lib/dom.js";

/**
 * @param {object} options
 * @param options.label what is on the button
 * @param {string} options.title its name for those who can't see it
 * @param {object[]} options.items each with label, icon, and href or action; `disabled` holds the
 *   reason why it can't be chosen
 * @param {string} [options.className] of the button
 */
export function menuButton({ label, title, items, className = "button" }) {
  const id = unique("menu");
  return html`<div class="menu-host">
    <button
      class=${className} aria-haspopup="menu" aria-expanded="false" aria-controls=${id} title=${title}
      aria-label=${title} popovertarget=${id} @keydown=${openByArrow}
    >${label}</button>
    <div id=${id} class="menu" role="menu" aria-label=${title} popover @toggle=${toggled} @keydown=${moved}>
      ${items.map((item) => entry(item))}
    </div>
  </div>`;
}

function entry(item) {
  if (item.separator) return html`<div class="menu-separator" role="separator"></div>`;
  const inside = html`${icon(item.icon ?? "chevron-right")}<span>${item.label}${
    item.disabled ? html`<small class="quiet">${item.disabled}</small>` : nothing
  }</span>`;
  if (item.href) return html`<a role="menuitem" tabindex="-1" href=${item.href}>${inside}</a>`;
  return html`<button
    role="menuitem" tabindex="-1" aria-disabled=${item.disabled ? "true" : "false"}
    @click=${(event) => chosen(event, item)}
  >${inside}</button>`;
}

function chosen(event, item) {
  if (item.disabled) return;
  event.currentTarget.closest("[popover]").hidePopover();
  item.action();
}

function toggled(event) {
  const menu = event.currentTarget;
  const button = menu.previousElementSibling;
  const open = event.newState === "open";
  button.setAttribute("aria-expanded", String(open));
  if (!open) return;
  place(menu, button);
  entries(menu)[0]?.focus();
}

/** Below the button, within the window. */
function place(menu, button) {
  const at = button.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.left, innerWidth - menu.offsetWidth - 8));
  const below = at.bottom + 4 + menu.offsetHeight <= innerHeight;
  const top = below ? at.bottom + 4 : Math.max(8, at.top - 4 - menu.offsetHeight);
  menu.style.left = `${left}px`;
  menu.style.top = `${top}px`;
}

function moved(event) {
  const all = entries(event.currentTarget);
  const at = all.indexOf(document.activeElement);
  const to = {
    ArrowDown: (at + 1) % all.length,
    ArrowUp: (at - 1 + all.length) % all.length,
    Home: 0,
    End: all.length - 1,
  }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    all[to].focus();
  } else if (event.key.length === 1 && /\S/.test(event.key) && event.target.tagName !== "INPUT") {
    const letter = event.key.toLowerCase();
    const after = [...all.slice(at + 1), ...all.slice(0, at + 1)];
    after.find((one) => one.textContent.trim().toLowerCase().startsWith(letter))?.focus();
  } else if (event.key === "Tab") {
    event.currentTarget.hidePopover();
  }
}

function openByArrow(event) {
  if (event.key !== "ArrowDown") return;
  event.preventDefault();
  event.currentTarget.nextElementSibling.showPopover();
}

const entries = (menu) => [...menu.querySelectorAll('[role="menuitem"], input')];
