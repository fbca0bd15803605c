/** Short messages at the edge of the page; screen readers read them too. */

import { html, icon, render, repeat } from "../lib/dom.js";

const SECONDS = 6;
const shown = [];
const host = document.getElementById("messages");
let ids = 0;

/** Say that something went well. */
export const tell = (text) => add("good", text);

/** Say what went wrong; stays until it is closed. An aborted request says nothing. */
export function complain(error) {
  if (error?.name === "AbortError") return;
  add("bad", error?.message || String(error));
}

function add(kind, text) {
  const message = { id: (ids += 1), kind, text };
  shown.push(message);
  draw();
  if (kind === "good") setTimeout(() => close(message), SECONDS * 1000);
}

function close(message) {
  const index = shown.indexOf(message);
  if (index >= 0) shown.splice(index, 1);
  draw();
}

function draw() {
  const view = repeat(
    shown,
    (message) => message.id,
    (message) => html`<div class="message ${message.kind}">
      ${icon(message.kind === "good" ? "circle-check" : "circle-alert")}
      <p>${message.text}</p>
      <button class="plain" aria-label="Close this message" @click=${() => close(message)}>
        ${icon("x")}
      </button>
    </div>`,
  );
  place();
  render(view, host);
}

/** What is outside an open dialog is hidden behind it, and silent: into the topmost one. */
function place() {
  const wanted = [...document.querySelectorAll("dialog:modal")].at(-1) ?? document.body;
  if (host && host.parentNode !== wanted) wanted.append(host);
}

// A dialog that closes takes along what is in it.
addEventListener("close", place, true);
