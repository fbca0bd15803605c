/** Groups tied to an object: chips to remove, a field to add. */

import { get, post, remove } from "../lib/api.js";
import { html, icon, nothing, render, repeat } from "../lib/dom.js";
import { failure, waiting } from "./parts.js";
import { suggest } from "./suggest.js";

const SUGGESTED = 12;

/**
 * Draw the groups tied to an object into an element.
 * @param {Element} host
 * @param {object} options
 * @param {string[]} options.words where the REST API has them: GET lists, POST and DELETE of `.../<id>`
 * @param {string} options.title
 * @param {string} options.help what such a group may do
 * @param {string} options.none what it means that there is no group
 * @param {() => string} options.why why they can't be changed, or ""
 * @returns {{refresh: () => Promise<void>}}
 */
export function mountGroups(host, { words, title, help, none, why }) {
  const state = { groups: null, problem: "", error: null, busy: new Set() };
  const draw = () => render(view(), host);
  const refresh = async () => {
    try {
      const answer = await get(words, { props: "id,role", orderby: "role", limit: 0, meta: 0 });
      Object.assign(state, { groups: answer.data, error: null });
    } catch (error) {
      state.error = error;
    }
    draw();
  };
  const change = async (method, group) => {
    state.busy.add(group.id);
    state.problem = "";
    draw();
    try {
      await method([...words, group.id]);
    } catch (error) {
      state.problem = error.message;
    }
    state.busy.delete(group.id);
    await refresh();
  };
  const view = () => html`<section class="groups">
    <h3>${title}</h3>
    <p class="quiet">${help}</p>
    ${state.error && !state.groups ? failure(state.error, refresh) : nothing}
    ${state.groups ? chips(state, none, why(), (group) => change(remove, group)) : nothing}
    ${state.groups || state.error ? nothing : waiting()}
    ${state.problem ? html`<p class="problem" role="alert">${state.problem}</p>` : nothing}
    ${why() ? html`<p class="quiet">${icon("lock")} ${why()}</p>` : adding()}
  </section>`;
  const adding = () => suggest({
    label: `Add a group to: ${title}`,
    placeholder: "Add a group…",
    nothing: "No group of yours fits that is not here already.",
    ask: (text, signal) => candidates(text, signal, state.groups ?? []),
    chosen: (item) => change(post, item.group),
  });
  draw();
  refresh();
  return { refresh };
}

function chips({ groups, busy }, none, locked, drop) {
  if (!groups.length) return html`<p class="notice">${none}</p>`;
  return html`<ul class="chips">
    ${repeat(
      groups,
      (group) => group.id,
      (group) => html`<li class="chip">
        ${icon("users")}<span>${group.role}</span>
        ${locked ? nothing : html`<button
          class="plain" aria-label="Remove ${group.role}" title="Remove ${group.role}"
          ?disabled=${busy.has(group.id)} @click=${() => drop(group)}
        >${icon("x")}</button>`}
      </li>`,
    )}
  </ul>`;
}

async function candidates(text, signal, known) {
  const wanted = {
    search: text, search_props: "role", filters: "privilege F", props: "id,role,description",
    orderby: "role", limit: SUGGESTED + known.length, meta: 0,
  };
  const { data } = await get(["groups"], wanted, { signal });
  const here = new Set(known.map((group) => group.id));
  return data
    .filter((group) => !here.has(group.id))
    .slice(0, SUGGESTED)
    .map((group) => ({ label: group.role, note: group.description ?? "", group }));
}
