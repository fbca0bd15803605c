/** One's personal tokens: what docker and scripts take in place of the password. */

import { get, post, remove } from "../../lib/api.js";
import context from "../../lib/context.js";
import { html, icon, nothing } from "../../lib/dom.js";
import { date } from "../../lib/format.js";
import { confirmed, openDialog } from "../../ui/dialog.js";
import { loginLine } from "../../ui/first-push.js";
import { empty, moment, snippet } from "../../ui/parts.js";
import { mountList } from "./listing.js";
import { showOnce } from "./once.js";

const WORDS = ["users", "self", "personal_tokens"];
const EXAMPLE = `${location.origin}/init/rest/api/users/self`;
const DAYS = 90;

/**
 * Draw the list, and the button that makes a token.
 * @param {Element} host
 * @param {{id: number, service: string, url: string}[]} registries that a token may be limited to
 */
export function mountPersonal(host, registries) {
  const names = new Map(registries.map((one) => [one.id, one.service]));
  const load = async () => {
    const { data } = await get(WORDS, { limit: 0, meta: 0, orderby: "~created" });
    return data
      .filter((token) => !token.revoked && !(date(token.expires) < Date.now()))
      .map((one) => ({ ...one, places: places(one, names) }));
  };
  mountList(host, { load, view: (rows, act) => view(rows, act, registries) });
}

const places = (token, names) =>
  token.registries?.map((id) => names.get(id) ?? `registry ${id}`).join(", ") ?? "docker and the REST API";

function view(rows, act, registries) {
  return html`<p class="quiet">For docker on servers, and for scripts: each has an end and limits of its own, and
      is revoked by itself. With a second factor, docker takes one in place of the password.</p>
    <div class="token-form"><button class="button" @click=${() => create(act, registries)}>
      ${icon("plus")}New token</button></div>
    ${rows.length
      ? html`<ul class="plain-list">${rows.map((row) => line(row, act))}</ul>`
      : empty("No personal tokens", "Make one for each machine or job.")}`;
}

const line = (row, act) => html`<li class="line">
  <span><strong>${row.name}</strong> ${row.read_only ? html`<span class="badge">for reading</span>` : nothing}
    <br><span class="quiet">${row.places}, ${used(row)}, ends ${moment(row.expires)}</span></span>
  <button class="button small danger" aria-label="Revoke ${row.name}" @click=${() => revoke(row, act)}>Revoke</button>
</li>`;

const used = (row) =>
  row.last_used ? html`used ${moment(row.last_used)} from ${row.last_address}` : "never used";

/** Ask what it is for, make it, and show it. */
async function create(act, registries) {
  const form = { limited: false };
  const dialog = openDialog({
    title: "New personal token",
    view: (self) => html`<form class="stack" @submit=${(event) => submit(event, self)}>
      <label class="field"><span>Name</span>
        <input name="name" maxlength="128" autocomplete="off" required autofocus>
        <small>What it is for, such as the machine that uses it.</small></label>
      <label class="field"><span>Days until it ends</span>
        <input name="days" type="number" min="1" step="1" value=${DAYS} required></label>
      <label class="tick"><input name="read_only" type="checkbox">
        <span>For reading only<small class="quiet">It pulls, and changes nothing.</small></span></label>
      ${registries.length ? limits(form, registries, self) : nothing}
      <p class="problem" role="alert"></p>
      <div class="buttons">
        <button class="button" type="button" @click=${() => self.close()}>Cancel</button>
        <button class="button primary">Make the token</button>
      </div>
    </form>`,
  });
  const made = await dialog.done;
  if (!made) return;
  act(Promise.resolve({}));
  const chosen = registries.find(({ id }) => !made.registries || made.registries.includes(id));
  await showOnce(`The token “${made.name}”`, () => once(made, chosen));
}

const limits = (form, registries, dialog) => html`
  <label class="tick"><input type="checkbox" @change=${({ target }) => {
    form.limited = target.checked;
    dialog.draw();
  }}><span>For some registries only<small class="quiet">Such a token is for docker, not for the REST API.</small>
  </span></label>
  ${form.limited
    ? html`<fieldset class="choices"><legend class="visually-hidden">Registries</legend>${registries.map(
        ({ id, service }) => html`<label class="tick"><input name="registries" type="checkbox" value=${id}>
          <span>${service}</span></label>`,
      )}</fieldset>`
    : nothing}`;

async function submit(event, dialog) {
  event.preventDefault();
  const form = event.currentTarget;
  const given = new FormData(form);
  const body = { name: given.get("name").trim(), days: Number(given.get("days")), read_only: given.has("read_only") };
  if (form.querySelector(".choices")) body.registries = given.getAll("registries").map(Number);
  const problem = form.querySelector(".problem");
  if (body.registries?.length === 0) {
    problem.textContent = "Choose at least one registry.";
    return;
  }
  const button = form.querySelector("button:not([type])");
  button.disabled = true;
  try {
    const { data } = await post(WORDS, body);
    dialog.close({ ...body, token: data.token });
  } catch (error) {
    problem.textContent = error.message;
    form.elements.name.focus();
  }
  button.disabled = false;
}

const once = ({ token, registries, read_only: reads }, registry) => html`
  <p class="notice">Copy it now: it is not shown again. Whoever has it ${reads ? "reads" : "may do"} what you
    ${reads ? "may read" : "may"}${registries ? " on these registries" : ""}, until it ends or is revoked.</p>
  ${snippet(token, "token")}
  ${registry
    ? html`<p class="quiet">With docker, it is the password:</p>
      ${snippet(loginLine(registry, context.user.login), "login line")}`
    : nothing}
  ${registries
    ? nothing
    : html`<p class="quiet">With the REST API, it is the password too, or sent in a header:</p>
      ${snippet(`curl -H 'Authorization: Bearer ${token}' \\\n  ${EXAMPLE}`, "example")}`}`;

async function revoke(row, act) {
  const yes = await confirmed({
    title: `Revoke “${row.name}”?`,
    view: html`<p>What uses it has to log in with another token.</p>`,
    yes: "Revoke",
    danger: true,
  });
  if (yes) act(remove([...WORDS, row.id], {}));
}
