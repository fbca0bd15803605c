/** One's identity tokens: those that docker keeps, and those for the REST API. */

import { get, post, remove } from "../../lib/api.js";
import { html, icon, nothing } from "../../lib/dom.js";
import { confirmed, openDialog } from "../../ui/dialog.js";
import { empty, moment, snippet } from "../../ui/parts.js";
import { mountList } from "./listing.js";

const WORDS = ["users", "self", "tokens"];

/** Draw the list, and the form that makes a token. */
export function mountTokens(host) {
  mountList(host, { load, view });
}

async function load() {
  const [tokens, registries] = await Promise.all([
    get(WORDS, { limit: 0, meta: 0, orderby: "~created" }),
    get(["docker", "registries"], { limit: 0, meta: 0, props: "id,service" }),
  ]);
  const names = new Map(registries.data.map((one) => [one.id, one.service]));
  return tokens.data.map((token) => ({
    ...token,
    place: token.registry_id ? names.get(token.registry_id) ?? `registry ${token.registry_id}` : "REST API",
  }));
}

function view(rows, act) {
  const live = rows.filter((row) => !row.revoked);
  return html`<p class="quiet">Docker gets one at login in place of your password, where it asks for it. For scripts, make one for
      the REST API: it has your rights, and can be taken back.</p>
    <form class="row" @submit=${(event) => create(event, act)}>
      <label class="grow"><span class="visually-hidden">What the token is for</span>
        <input name="name" maxlength="128" placeholder="What the token is for" required></label>
      <button class="button">${icon("plus")}Make a token</button>
    </form>
    ${live.length ? table(live, act) : empty("No tokens", "None is in use.")}`;
}

function table(rows, act) {
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="Identity tokens"><table class="table">
    <thead><tr><th scope="col">Name</th><th scope="col">For</th><th scope="col">Made</th><th scope="col">Last used</th>
      <th scope="col">Ends</th><td></td></tr></thead>
    <tbody>${rows.map((row) => html`<tr><td>${row.client}</td><td>${row.place}</td><td>${moment(row.created)}</td>
      <td>${row.last_used ? moment(row.last_used) : "never"}</td><td>${row.expires ? moment(row.expires) : nothing}</td>
      <td class="numeric"><button class="button small danger" aria-label="Revoke ${row.client}" @click=${() => revoke(row, act)}>Revoke</button></td>
    </tr>`)}</tbody></table></div>`;
}

async function create(event, act) {
  event.preventDefault();
  const form = event.currentTarget;
  const name = form.elements.name.value.trim();
  const answer = await act(post(WORDS, { name }).then(({ data, token }) => ({ data, token })));
  if (!answer) return;
  form.reset();
  const token = answer.token ?? answer.data?.[0]?.token;
  openDialog({
    title: `The token “${name}”`,
    view: () => html`<p>It is shown this once. Whoever has it has your rights in the REST API.</p>
      ${snippet(token, "token")}
      <p class="quiet">Send it as <code>Authorization: Bearer …</code></p>`,
  });
}

async function revoke(row, act) {
  const yes = await confirmed({
    title: `Revoke “${row.client}”?`,
    view: html`<p>Whatever uses it for ${row.place} has to log in again.</p>`,
    yes: "Revoke",
    danger: true,
  });
  if (yes) act(remove([...WORDS, row.id], {}));
}
