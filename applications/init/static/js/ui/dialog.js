/** Dialogs on the browser's own element: focus stays inside, Escape closes. */

import { html, icon, render, unique } from "../lib/dom.js";

/**
 * Open a dialog.
 * @param {object} options
 * @param {string} options.title
 * @param {(dialog: Dialog) => TemplateResult} options.view what is in it; drawn again by `draw()`
 * @param {string} [options.className] "wide" for more room, "panel" for a sheet at the side
 * @param {() => void} [options.closed]
 * @returns {Dialog} with element, draw(), close(value), setTitle(text), and done: a promise of the value
 */
export function openDialog({ title, view, className = "", closed }) {
  const element = document.createElement("dialog");
  const id = unique("dialog");
  element.className = className;
  element.setAttribute("aria-labelledby", id);
  document.body.append(element);
  let finish;
  const dialog = {
    element,
    value: undefined,
    done: new Promise((resolve) => (finish = resolve)),
    draw() {
      render(frame(dialog, id, title, view), element);
    },
    setTitle(text) {
      title = text;
      dialog.draw();
    },
    close(value) {
      dialog.value = value;
      element.close();
    },
  };
  element.addEventListener("close", () => {
    render(html``, element);
    element.remove();
    closed?.();
    finish(dialog.value);
  });
  element.addEventListener("mousedown", (event) => {
    if (event.target === element) dialog.close(); // on the backdrop
  });
  dialog.draw();
  element.showModal();
  return dialog;
}

/**
 * Ask for a yes.
 * @returns {Promise<boolean>}
 */
export async function confirmed({ title, view, yes = "Yes", danger = false }) {
  const dialog = openDialog({
    title,
    view: (self) => html`${view}
      <div class="buttons">
        <button class="button" @click=${() => self.close(false)}>Cancel</button>
        <button class="button ${danger ? "danger" : "primary"}" @click=${() => self.close(true)}>
          ${yes}
        </button>
      </div>`,
  });
  return (await dialog.done) === true;
}

function frame(dialog, id, title, view) {
  return html`<div class="dialog-frame">
    <div class="dialog-head">
      <h2 id=${id}>${title}</h2>
      <button class="plain" aria-label="Close" @click=${() => dialog.close()}>${icon("x")}</button>
    </div>
    <div class="dialog-body">${view(dialog)}</div>
  </div>`;
}
