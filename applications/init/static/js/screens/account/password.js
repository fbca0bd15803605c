/** The form that changes one's password. */

import { post } from "../../lib/api.js";
import { html } from "../../lib/dom.js";
import { tell } from "../../ui/messages.js";

/** The form of a user `{id, login}`. */
export function passwordForm(user) {
  return html`<form class="stack" @submit=${(event) => change(event, user)}>
    <input hidden name="login" autocomplete="username" value=${user.login} readonly>
    ${field("old_password", "Current password", "current-password")}
    ${field("password", "New password", "new-password")}
    ${field("again", "New password again", "new-password")}
    <p class="problem" role="alert" hidden></p>
    <div><button class="button">Change the password</button></div>
    <p class="quiet">Other sessions and all identity tokens are over with it.</p>
  </form>`;
}

const field = (name, label, complete) => html`<label class="field"><span>${label}</span>
  <input type="password" name=${name} autocomplete=${complete} required></label>`;

async function change(event, user) {
  event.preventDefault();
  const form = event.currentTarget;
  const { old_password, password, again } = Object.fromEntries(new FormData(form));
  if (password !== again) return wrong(form, "The new password is not the same twice.");
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    await post(["users", "self"], { old_password, password });
    // The session was of the old password.
    await post(["session"], { login: user.login, password });
    form.reset();
    wrong(form, "");
    tell("The password is changed.");
    dispatchEvent(new Event("collector:password"));
  } catch (error) {
    wrong(form, error.message);
  }
  button.disabled = false;
}

function wrong(form, text) {
  const problem = form.querySelector(".problem");
  problem.textContent = text;
  problem.hidden = !text;
}
