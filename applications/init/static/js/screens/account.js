/** One's own account: who one is, password, second factor, tokens, sessions, how to log in with docker. */

import { get } from "../lib/api.js";
import { html, nothing, render } from "../lib/dom.js";
import { failure, waiting } from "../ui/parts.js";
import { docker } from "./account/docker.js";
import { passwordForm } from "./account/password.js";
import { mountPersonal } from "./account/personal.js";
import { mountSecond } from "./account/second.js";
import { mountSessions } from "./account/sessions.js";
import { mountTokens } from "./account/tokens.js";

const PROPS = "id,service,url,restricted";

/** Draw the screen. */
export async function mount(main, context) {
  const host = document.createElement("div");
  main.append(host);
  const state = { about: null, registry: 0, second: false, problem: null };
  const draw = () => render(view(state, context, { draw, load }), host);
  async function load() {
    state.problem = null;
    draw();
    try {
      state.about = await about();
      state.registry = Math.max(0, state.about.registries.findIndex((one) => !one.restricted));
    } catch (error) {
      state.problem = error;
    }
    draw();
    if (state.problem) return;
    mountSecond(host.querySelector("#second"), (on) => {
      state.second = on;
      draw();
    });
    mountPersonal(host.querySelector("#personal"), state.about.registries);
    mountTokens(host.querySelector("#tokens"), state.about.registries);
    mountSessions(host.querySelector("#sessions"));
  }
  await load();
}

async function about() {
  const [dump, primary, registries] = await Promise.all([
    get(["users", "self", "dump"]),
    get(["users", "self", "primary_group"]),
    get(["docker", "registries"], { limit: 0, meta: 0, props: PROPS, orderby: "service" }),
  ]);
  return { user: dump.user[0], groups: dump.groups, primary: primary.data[0], registries: registries.data };
}

function view(state, context, { draw, load }) {
  if (state.problem) return failure(state.problem, load);
  if (!state.about) return waiting();
  const { user } = state.about;
  return html`<h2 class="overview-title">Account</h2>
    <div class="account">
      <div>
        <section class="card"><h2>${fullName(user)}</h2>${facts(state.about, context)}</section>
        <section class="card"><h2>Password</h2>${passwordForm(context.user)}</section>
        <section class="card"><h2>Second factor</h2><div id="second"></div></section>
      </div>
      <div>
        <section class="card"><h2>Get started with docker</h2>${docker(state, draw)}</section>
        <section class="card"><h2>Personal tokens</h2><div id="personal"></div></section>
        <section class="card"><h2>Identity tokens</h2><div id="tokens"></div></section>
        <section class="card"><h2>Sessions</h2><div id="sessions"></div></section>
      </div>
    </div>`;
}

const fullName = (user) =>
  [user.first_name, user.last_name].filter(Boolean).join(" ") || user.username || user.email;

function facts({ user, groups, primary }, context) {
  const names = (privilege) =>
    groups.filter((group) => group.privilege === privilege).map((group) => group.role);
  const held = [...new Set([...context.privileges, ...names(true)])].sort();
  return html`<dl class="facts">
    <dt>Id</dt><dd>${user.id}</dd>
    <dt>E-mail</dt><dd>${user.email || "none"}</dd>
    ${user.username ? html`<dt>Username</dt><dd>${user.username}</dd>` : nothing}
    <dt>Groups</dt><dd>${chips(names(false), "You are in no group.")}</dd>
    <dt>Primary group</dt><dd>${primary ? html`<span class="chip">${primary.role}</span>` : "none"}</dd>
    <dt>Privileges</dt><dd>${chips(held, "none: a manager of users gives them.")}</dd>
  </dl>`;
}

const chips = (words, none) =>
  words.length
    ? html`<span class="row">${words.map((word) => html`<span class="chip">${word}</span>`)}</span>`
    : none;
