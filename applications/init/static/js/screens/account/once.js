/** What is shown once: a dialog that only its own buttons, or Escape, close. */

import { html } from "../../lib/dom.js";
import { openDialog } from "../../ui/dialog.js";

/**
 * @param {string} title
 * @param {() => TemplateResult} view
 * @returns {Promise} done when it is closed
 */
export function showOnce(title, view) {
  const dialog = openDialog({
    title,
    className: "wide",
    view: (self) => html`${view()}
      <div class="buttons"><button class="button primary" @click=${() => self.close()}>Done</button></div>`,
  });
  // A click beside it would lose what is in it.
  const stay = (event) => event.target === dialog.element && event.stopImmediatePropagation();
  dialog.element.addEventListener("mousedown", stay, { capture: true });
  return dialog.done;
}
