/** How to log in with docker, and to push a first image. */

import { html, nothing } from "../../lib/dom.js";
import { firstPush } from "../../ui/first-push.js";

/**
 * The lines to paste, for a registry that is chosen among those one sees.
 * @param {{about: object, registry: number, second: boolean}} state `registry` is the chosen one's place in the list,
 *   `second` whether the second factor is on
 * @param {() => void} draw
 */
export function docker(state, draw) {
  const { registries, user } = state.about;
  if (!registries.length) {
    return html`<p class="quiet">No registry is published to your groups yet. Somebody with the privilege
      DockerRegistriesManager publishes one to a group of yours.</p>`;
  }
  const choose = (event) => {
    state.registry = Number(event.currentTarget.value);
    draw();
  };
  const one = registries[state.registry];
  return html`
    <label class="field"><span>Registry</span>
      <select @change=${choose}>${registries.map(
        ({ service }, at) => html`<option value=${at} ?selected=${at === state.registry}>${service}</option>`,
      )}</select></label>
    <p class="quiet account-lead">${state.second
      ? "Docker asks for a password: give it a personal token."
      : "Docker asks for the password that you sign in with here, and keeps an identity token in its place."}</p>
    ${firstPush(one, user.username || user.email)}
    ${one.restricted
      ? html`<p class="notice">This registry is restricted: only members of groups that are responsible for it
          push.</p>`
      : nothing}`;
}
