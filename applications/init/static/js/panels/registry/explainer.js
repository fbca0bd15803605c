/** "Who can push users/ada/x, and why not bob?": what a token would be given, and the reason. */

import { get } from "../../lib/api.js";
import context from "../../lib/context.js";
import { html, icon, nothing, render, unique } from "../../lib/dom.js";
import { exactly } from "../../lib/places.js";
import { chipList } from "../../ui/chips.js";
import { openPanel } from "../../ui/panels.js";
import { failure } from "../../ui/parts.js";
import { suggest } from "../../ui/suggest.js";
import { hint } from "./reasons.js";

const SUGGESTED = 10;
const WHO = [["self", "You"], ["user", "A user"], ["service", "A service"]];
const PARTIES = [
  ["users", "Users", (one) => [one.first_name, one.last_name].filter(Boolean).join(" ") || `user ${one.id}`],
  ["groups", "Groups whose members get in by it", (one) => one.role],
  ["apps", "Application", (one) => one.app],
  ["services", "Services", (one) => one.svcname],
];
const ACTIONS = [["", "pull, push and delete"], ["pull", "pull"], ["push", "push"], ["delete", "delete"]];

/** Draw the question and its answer into an element. */
export function mountExplainer(host, about) {
  const id = unique("explainer");
  const asked = { who: "self", name: "", repository: "", action: "" };
  const state = { ...asked, rows: null, parties: null, error: null, known: null, title: "" };
  const draw = () => render(view(), host);
  const tell = async (question) => {
    const nothingYet = { error: null, rows: null, parties: null };
    try {
      Object.assign(state, nothingYet, await question);
    } catch (error) {
      Object.assign(state, nothingYet, { error });
    }
    draw();
  };
  const ask = (event) => {
    event.preventDefault();
    if (ready(state)) tell(answer(about, state));
  };
  const set = (name) => (value) => ((state[name] = value), draw());
  const view = () => html`<section class="card stack explainer">
    <h3>Who may do what?</h3>
    <form class="stack" novalidate @submit=${ask}>
      ${who(id, state, about.locked, set("who"))}
      <div class="explainer-fields">
        ${state.who === "self" ? nothing : name(state, set("name"))}
        ${repository(about, set("repository"))}
        ${action(state, set("action"))}
        <button class="button primary" ?disabled=${!ready(state)}>Explain</button>
      </div>
    </form>
    ${about.locked ? nothing : everybody(state, (action) => tell(parties(about, state, action)))}
    <div aria-live="polite">
      ${state.error ? failure(state.error) : nothing}
      ${state.rows ? told(state) : nothing}
      ${state.parties ? listed(state) : nothing}
    </div>
  </section>`;
  draw();
}

const ready = (state) => state.repository.trim() && (state.who === "self" || state.name.trim());

async function answer(about, { who, name, repository, action }) {
  const text = repository.trim();
  const [, login, node] = who === "service" ? /^([^@]*)@?(.*)$/.exec(name.trim()) : ["", name.trim(), ""];
  const asked = { repository: text, action };
  if (who !== "self") asked[who] = login;
  // Only where services have to be in their place, it matters from which node one logs in.
  if (node && about.one.placement) asked.node = node;
  const filters = [`registry_id ${about.id}`, `repository ${exactly(text)}`];
  const [rows, known] = await Promise.all([
    get([...about.words, "access"], asked),
    get(["docker", "repositories"], { filters, props: "id", limit: 1, meta: 0 }),
  ]);
  const subject = who === "self" ? "You" : login;
  return { rows: rows.data, known: known.data[0]?.id ?? null, title: `${subject} and ${text}` };
}

async function parties(about, { repository }, action) {
  const text = repository.trim();
  const { data } = await get([...about.words, "parties"], { repository: text, action });
  return { parties: data, title: `Who may ${action} ${text}` };
}

const everybody = (state, ask) => html`<div class="row">
  ${["pull", "push"].map((action) => html`<button
    class="button small" ?disabled=${!state.repository.trim()} @click=${() => ask(action)}
  >${icon("users")} Who may ${action}?</button>`)}
</div>`;

function listed({ parties: found, title }) {
  const kinds = PARTIES.filter(([kind]) => found[kind]?.length);
  return html`<h4>${title}</h4>
    ${kinds.length ? nothing : html`<p>Nobody.</p>`}
    ${kinds.map(([kind, label, words]) => html`<div role="group" aria-label=${label}>
      <h5>${label}</h5>
      ${chipList(found[kind].map((one) => ({ label: words(one) })), kind)}
    </div>`)}`;
}

const told = ({ rows, known, title }) => html`<h4>${title}</h4>
  <ul class="verdicts">${rows.map(verdict)}</ul>
  ${known === null
    ? html`<p class="quiet">This repository is not there yet, or you don't see it.</p>`
    : html`<button class="button small" @click=${() => openPanel("repository", known)}>
        ${icon("users")} All who may pull from it and push to it
      </button>`}`;

const verdict = ({ action, granted, reason, sentence }) => html`<li class="verdict">
  <span class="badge ${granted ? "good" : "bad"}">${icon(granted ? "shield-check" : "shield-x")}
    ${action}: ${granted ? "yes" : "no"}</span>
  <span>${sentence}${granted ? nothing : html`<small class="quiet">${hint(reason)}</small>`}</span>
</li>`;

function who(id, state, locked, chosen) {
  return html`<fieldset class="scopes">
    <legend>Who</legend>
    ${WHO.map(([value, label]) => html`<label>
      <input
        type="radio" name="${id}-who" .checked=${state.who === value}
        ?disabled=${value !== "self" && Boolean(locked)} @change=${() => chosen(value)}
      >
      ${value === "self" ? `${label} (${context.user.login})` : label}
    </label>`)}
    ${locked ? html`<small class="quiet">${icon("lock")} Others: ${locked}</small>` : nothing}
  </fieldset>`;
}

function name({ who }, typed) {
  const service = who === "service";
  return html`<div class="field"><span aria-hidden="true">${service ? "Service" : "User"}</span>${suggest({
    label: service ? "Service" : "User",
    placeholder: service ? "name, or service@node" : "username, e-mail or id",
    nothing: "You see nobody of that name; it may be asked for all the same.",
    ask: service ? services : users,
    typed,
  })}</div>`;
}

const repository = (about, typed) => html`<div class="field">
  <span aria-hidden="true">Repository</span>
  ${suggest({
    label: "Repository",
    placeholder: `users/${context.user.id}/hello`,
    nothing: "There is none of that name yet; it may be asked for all the same.",
    ask: (text, signal) => repositories(about, text, signal),
    typed,
  })}
</div>`;

const action = (state, chosen) => html`<label class="field"><span>Action</span>
  <select @change=${(event) => chosen(event.target.value)}>
    ${ACTIONS.map(([value, label]) => html`<option value=${value} ?selected=${state.action === value}>
      ${label}</option>`)}
  </select>
</label>`;

async function users(text, signal) {
  const wanted = {
    search: text, search_props: "username,email,first_name,last_name", props: "id,username,email",
    orderby: "email", limit: SUGGESTED, meta: 0,
  };
  const { data } = await get(["users"], wanted, { signal });
  return data.map((one) => ({
    label: one.username || one.email, note: one.username ? one.email : "", value: one.username || one.email,
  }));
}

async function services(text, signal) {
  const wanted = {
    search: text.replace(/@.*$/, ""), search_props: "svcname", props: "svcname,svc_app", orderby: "svcname",
    limit: SUGGESTED, meta: 0,
  };
  const { data } = await get(["services"], wanted, { signal });
  return data.map((one) => ({ label: one.svcname, note: one.svc_app ?? "", value: one.svcname }));
}

async function repositories(about, text, signal) {
  const wanted = {
    filters: `registry_id ${about.id}`, search: text, search_props: "repository", props: "repository",
    orderby: "repository", limit: SUGGESTED, meta: 0,
  };
  const { data } = await get(["docker", "repositories"], wanted, { signal });
  return data.map((one) => ({ label: one.repository, value: one.repository }));
}
