/** The form that changes one's password. */

import { post, signInAgain } from "../../lib/api.js";
import { may, needs } from "../../lib/context.js";
import { html } from "../../lib/dom.js";
import { tell } from "../../ui/messages.js";
import { askCode } from "./code.js";

/** Who else checks passwords, in words. */
const ELSEWHERE = { ldap: "your organisation's directory", radius: "your organisation's RADIUS server" };

const RIGHTS = ["SelfManager", "UserManager"];

/** The form of a user; why there is none, where the password is not hers or his to change here. */
export function passwordForm(user) {
  if (ELSEWHERE[user.backend]) {
    return html`<p class="quiet">Your password is checked by ${ELSEWHERE[user.backend]}: it is changed there,
      not here.</p>`;
  }
  if (!may(...RIGHTS)) {
    return html`<p class="quiet">You can't change it yourself. ${needs(...RIGHTS)} A manager of users can
      change it for you.</p>`;
  }
  return html`<form class="stack" @submit=${(event) => change(event, user)}>
    <input hidden name="login" autocomplete="username" value=${user.login} readonly>
    ${field("old_password", "Current password", "current-password")}
    ${field("password", "New password", "new-password")}
    ${field("again", "New password again", "new-password")}
    <p class="problem" role="alert"></p>
    <div><button class="button">Change the password</button></div>
    <p class="quiet">Your other sessions and all your identity tokens end with it: docker has to log in
      again.</p>
  </form>`;
}

const field = (name, label, complete) => html`<label class="field"><span>${label}</span>
  <input type="password" name=${name} autocomplete=${complete} required></label>`;

async function change(event, user) {
  event.preventDefault();
  const form = event.currentTarget;
  const { old_password, password, again } = Object.fromEntries(new FormData(form));
  if (password !== again) return wrong(form, "again", "The new password is not the same twice.");
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    await post(["users", "self"], { old_password, password });
    await signInWith(user.login, password);
    form.reset();
    said(form, "");
    tell("The password is changed.");
    dispatchEvent(new Event("collector:password"));
  } catch (error) {
    wrong(form, error.status === 400 ? "password" : "old_password", error.message);
  }
  button.disabled = false;
}

/** The session was of the old password; with a second factor, a new one takes a code. */
async function signInWith(login, password) {
  const send = (code) => post(["session"], { login, password, code });
  try {
    await post(["session"], { login, password });
  } catch (error) {
    if (error.wantsCode) {
      const view = html`<p>The password is changed. Sign in with it to go on.</p>`;
      if (await askCode({ title: "Sign in again", view, yes: "Sign in", send })) return;
      signInAgain();
    }
    throw new Error(`The password is changed, but signing in with it failed: ${error.message}`);
  }
}

function wrong(form, name, text) {
  said(form, text);
  form.elements[name].focus();
}

function said(form, text) {
  form.querySelector(".problem").textContent = text;
}
