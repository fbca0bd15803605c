/** Asking for a code of the second factor. */

import { html } from "../../lib/dom.js";
import { openDialog } from "../../ui/dialog.js";

/** The field of a code; `name` is code. */
export const codeField = (label, help) => html`<label class="field"><span>${label}</span>
  <input name="code" class="code" autocomplete="one-time-code" inputmode="numeric" maxlength="64"
    autocapitalize="none" spellcheck="false" required autofocus>
  ${help ? html`<small>${help}</small>` : ""}</label>`;

/**
 * Ask for a code until one is taken.
 * @param {object} options
 * @param {string} options.title
 * @param {TemplateResult} options.view what stands above the field
 * @param {string} options.yes what the button says
 * @param {boolean} [options.danger]
 * @param {(code: string) => Promise} options.send does it; what it refuses is shown, and asked again
 * @returns {Promise} what `send` answered; undefined where the dialog was closed
 */
export function askCode({ title, view, yes, danger = false, send }) {
  const dialog = openDialog({
    title,
    view: (self) => html`<form class="stack" @submit=${(event) => submit(event, self, send)}>
      ${view}
      ${codeField("Code", "Of your authenticator, or a recovery code.")}
      <p class="problem" role="alert"></p>
      <div class="buttons">
        <button class="button" type="button" @click=${() => self.close()}>Cancel</button>
        <button class="button ${danger ? "danger" : "primary"}">${yes}</button>
      </div>
    </form>`,
  });
  return dialog.done;
}

/** Send the code of a form, and close its dialog with the answer; say what was refused. */
export async function submit(event, dialog, send) {
  event.preventDefault();
  const form = event.currentTarget;
  const button = form.querySelector("button:not([type])");
  button.disabled = true;
  try {
    dialog.close(await send(form.elements.code.value.trim()));
  } catch (error) {
    form.querySelector(".problem").textContent = error.message;
    form.elements.code.select();
  }
  button.disabled = false;
}
