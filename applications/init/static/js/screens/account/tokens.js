/** One's identity tokens: those that docker keeps, and those for the REST API. */

import { get, post, remove } from "../../lib/api.js";
import { html, icon, nothing } from "../../lib/dom.js";
import { date } from "../../lib/format.js";
import { confirmed } from "../../ui/dialog.js";
import { empty, moment, snippet } from "../../ui/parts.js";
import { mountList } from "./listing.js";
import { showOnce } from "./once.js";

const WORDS = ["users", "self", "tokens"];
const REST = 0;
const EXAMPLE = `${location.origin}/init/rest/api/users/self`;
const NONE = "docker login makes the first one; or make one for a script above.";

/**
 * Draw the list, and the form that makes a token.
 * @param {Element} host
 * @param {{id: number, service: string}[]} registries whose names are known
 */
export function mountTokens(host, registries) {
  const names = new Map([[REST, "REST API"], ...registries.map((one) => [one.id, one.service])]);
  const load = async () => {
    const { data } = await get(WORDS, { limit: 0, meta: 0, orderby: "~created" });
    return data
      .filter((token) => !token.revoked && !(date(token.expires) < Date.now()))
      .map((one) => ({ ...one, place: names.get(one.registry_id) ?? `registry ${one.registry_id}` }));
  };
  mountList(host, { load, view });
}

function view(rows, act) {
  return html`<p class="quiet">Docker keeps one for each registry, in place of your password. For scripts,
      make one for the REST API: it has your rights there, and can be revoked without a new password.</p>
    <form class="row token-form" @submit=${(event) => create(event, act)}>
      <label class="grow"><span class="visually-hidden">What the token is for</span>
        <input name="name" maxlength="128" placeholder="What the token is for" autocomplete="off" required>
      </label>
      <button class="button">${icon("plus")}Make a token</button>
    </form>
    ${rows.length ? table(rows, act) : empty("No tokens", NONE)}`;
}

function table(rows, act) {
  const heads = ["Name", "For", "Made", "Last used", "Ends"];
  const last = html`<th scope="col"><span class="visually-hidden">Revoke</span></th>`;
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="Identity tokens">
    <table class="table">
      <thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}${last}</tr></thead>
      <tbody>${rows.map((row) => line(row, act))}</tbody>
    </table></div>`;
}

const line = (row, act) => html`<tr>
  <th scope="row">${row.client || "unnamed"}</th><td>${row.place}</td><td>${moment(row.created)}</td>
  <td>${used(row)}</td><td>${row.expires ? moment(row.expires) : nothing}</td>
  <td class="numeric"><button class="button small danger"
    aria-label="Revoke ${row.client || "the token"} for ${row.place}"
    @click=${() => revoke(row, act)}>Revoke</button></td>
</tr>`;

/** A new token has the time that it was made as its last use. */
const used = (row) => (row.last_used && row.last_used !== row.created ? moment(row.last_used) : "never");

async function create(event, act) {
  event.preventDefault();
  const form = event.currentTarget;
  const name = form.elements.name.value.trim();
  if (!name) return;
  const answer = await act(post(WORDS, { name }), "");
  if (!answer) return;
  form.reset();
  show(name, answer.data.token);
}

const show = (name, token) =>
  showOnce(`The token “${name}”`, () => html`<p class="notice">Copy it now: it is not shown again. Whoever has it
      has your rights in the REST API.</p>
    ${snippet(token, "token")}
    <p class="quiet">It is sent in a header:</p>
    ${snippet(`curl -H 'Authorization: Bearer ${token}' \\\n  ${EXAMPLE}`, "example")}`);

async function revoke(row, act) {
  const yes = await confirmed({
    title: `Revoke “${row.client || "the token"}”?`,
    view: html`<p>Whatever uses it for ${row.place} has to log in again, or needs another token.</p>`,
    yes: "Revoke",
    danger: true,
  });
  if (yes) act(remove([...WORDS, row.id], {}));
}
