/** Who would be given a token to pull from a repository, and who one to push to it. */

import { get } from "../../lib/api.js";
import { html, nothing, render } from "../../lib/dom.js";
import { number } from "../../lib/format.js";
import { exactly, resinfo } from "../../lib/places.js";
import { openCard } from "../../ui/card.js";
import { chipList } from "../../ui/chips.js";
import { failure, waiting } from "../../ui/parts.js";

const SIDES = [
  { id: "pullers", title: "Pullers", none: "Nobody may pull from it." },
  { id: "pushers", title: "Pushers", none: "Nobody may push to it." },
];
const person = (row) => `${row.first_name ?? ""} ${row.last_name ?? ""}`.trim() || `user ${row.id}`;
const KINDS = [
  { id: "users", title: "Users", picture: "circle-user", label: person, card: "user" },
  { id: "groups", title: "Groups", picture: "users", label: (row) => row.role, card: "group" },
  { id: "apps", title: "Application", picture: "container", label: (row) => row.app, card: "app" },
  {
    id: "services", title: "Services", picture: "layers", label: (row) => row.svcname || row.svc_id,
    href: (row) => resinfo({ svcname: exactly(row.svcname || row.svc_id) }),
    note: (row) => `application ${row.svc_app}`,
  },
];

export function mountParties(subject, body) {
  const state = { found: null, error: null, text: "" };
  let visible = true;
  let stale = false;
  const draw = () => render(view(state, draw, load), body);
  const load = async () => {
    stale = false;
    try {
      Object.assign(state, { found: await read(subject), error: null });
    } catch (error) {
      if (error.name === "AbortError") return;
      state.error = error;
    }
    draw();
  };
  draw();
  load();
  return {
    // These lists are long to make: only when something that counts changed, and somebody looks.
    changed(events) {
      if (events.every((one) => one === "docker_tags_change")) return;
      stale = true;
      if (visible) load();
    },
    shown() {
      visible = true;
      if (stale) load();
    },
    hidden: () => (visible = false),
  };
}

async function read(subject) {
  const found = await Promise.all(
    SIDES.map(({ id }) => get(["docker", "repositories", subject.id, id], {}, { signal: subject.signal })),
  );
  return Object.fromEntries(SIDES.map(({ id }, at) => [id, found[at].data]));
}

function view(state, draw, load) {
  if (state.error) return failure(state.error, load);
  if (!state.found) return waiting();
  const typed = (event) => {
    state.text = event.target.value.trim();
    draw();
  };
  return html`<input type="search" class="party-filter" aria-label="Filter pullers and pushers"
      placeholder="Filter by name" autocomplete="off" spellcheck="false" @input=${typed}>
    <div class="parties">${SIDES.map((side) => column(side, state))}</div>`;
}

function column(side, { found, text }) {
  const lists = KINDS.filter((kind) => found[side.id][kind.id]?.length);
  return html`<section class="party-side">
    <h3>${side.title}</h3>
    ${lists.map((kind) => part(kind, found[side.id][kind.id], text))}
    ${lists.length ? nothing : html`<p class="quiet">${side.none}</p>`}
  </section>`;
}

function part(kind, rows, text) {
  const wanted = text.toLowerCase();
  const fitting = rows.filter((row) => String(kind.label(row)).toLowerCase().includes(wanted));
  const count = text ? `${number(fitting.length)} of ${number(rows.length)}` : number(rows.length);
  return html`<h4>${kind.title} <span class="quiet">${count}</span></h4>
    ${fitting.length
      ? chipList(fitting.map((row) => item(kind, row)), kind.title.toLowerCase())
      : html`<p class="quiet">None fits.</p>`}`;
}

const item = (kind, row) => ({
  label: kind.label(row),
  note: kind.note?.(row),
  picture: kind.picture,
  action: kind.card && (() => openCard(kind.card, row.id)),
  href: kind.href?.(row),
});
