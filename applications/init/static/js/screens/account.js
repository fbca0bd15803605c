/** One's own account: who one is, password, tokens, sessions, how to log in with docker. */

import { get } from "../lib/api.js";
import { html, nothing, render } from "../lib/dom.js";
import { failure, snippet, waiting } from "../ui/parts.js";
import { passwordForm } from "./account/password.js";
import { mountSessions } from "./account/sessions.js";
import { mountTokens } from "./account/tokens.js";

/** Draw the screen. */
export async function mount(main, context) {
  const host = document.createElement("div");
  main.append(host);
  const state = { user: null, groups: [], registries: [], problem: null };
  const draw = () => render(view(state, context, load), host);
  async function load() {
    state.problem = null;
    draw();
    try {
      const [dump, registries] = await Promise.all([
        get(["users", "self", "dump"]),
        get(["docker", "registries"], { limit: 0, meta: 0, props: "service,url" }),
      ]);
      [state.user] = dump.user;
      state.groups = dump.groups;
      state.registries = registries.data;
    } catch (error) {
      state.problem = error;
    }
    draw();
    if (state.problem) return;
    mountTokens(host.querySelector("#tokens"));
    mountSessions(host.querySelector("#sessions"));
  }
  await load();
}

function view(state, context, load) {
  if (state.problem) return failure(state.problem, load);
  if (!state.user) return waiting();
  return html`<h2 class="overview-title">Account</h2>
    <div class="account">
      <section class="card"><h2>${fullName(state.user)}</h2>${facts(state, context)}</section>
      <section class="card"><h2>Log in with docker</h2>${docker(state, context)}</section>
      <section class="card"><h2>Password</h2>${passwordForm(context.user)}</section>
      <section class="card"><h2>Sessions</h2><div id="sessions"></div></section>
      <section class="card overview-wide"><h2>Identity tokens</h2><div id="tokens"></div></section>
    </div>`;
}

const fullName = (user) => [user.first_name, user.last_name].filter(Boolean).join(" ") || user.email;

function facts({ user, groups }, context) {
  const names = (privilege) => groups.filter((group) => Boolean(group.privilege) === privilege).map((group) => group.role);
  const chips = (words) => (words.length ? words.map((word) => html`<span class="chip">${word}</span> `) : "none");
  return html`<dl class="facts">
    <dt>Id</dt><dd>${user.id}</dd>
    <dt>E-mail</dt><dd>${user.email}</dd>
    ${user.username ? html`<dt>Username</dt><dd>${user.username}</dd>` : nothing}
    <dt>Groups</dt><dd>${chips(names(false))}</dd>
    <dt>Privileges</dt><dd>${chips(context.privileges.length ? context.privileges : names(true))}</dd>
  </dl>`;
}

function docker({ user, registries }) {
  if (!registries.length) return html`<p class="quiet">No registry is published to your groups yet.</p>`;
  const host = registries[0].url.replace(/^[a-z]+:\/\//, "");
  const name = user.username || user.email;
  const mine = `${host}/users/${user.id}/hello`;
  return html`<p class="quiet">Names below <code>users/${user.id}/</code> are yours.</p>
    ${snippet(`docker login -u ${name} ${host}\ndocker tag hello-world ${mine}\ndocker push ${mine}`, "commands")}`;
}
