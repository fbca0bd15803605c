/** What is said of a repository, edited in place, and the line that pulls from it. */

import { get, post } from "../../lib/api.js";
import { html, nothing, render, unique } from "../../lib/dom.js";
import { number } from "../../lib/format.js";
import { properties } from "../../ui/editable.js";
import { openPanel } from "../../ui/panels.js";
import { failure, moment, snippet, waiting } from "../../ui/parts.js";

const MOST_TAGS = 100;
const MOST_DESCRIPTION = 255;

export function mountProperties(subject, body) {
  const state = { id: unique("tag"), tags: null, total: 0, chosen: "", error: null };
  const draw = () => render(view(subject, state, draw, load), body);
  const load = async () => {
    try {
      Object.assign(state, await newest(subject), { error: null });
    } catch (error) {
      if (error.name === "AbortError") return;
      state.error = error;
    }
    draw();
  };
  draw();
  load();
  return { changed: (events) => (events.includes("docker_tags_change") ? load() : draw()) };
}

async function newest(subject) {
  const asked = {
    filters: `repository_id ${subject.id}`, props: "name", orderby: "~pushed_at,~created", limit: MOST_TAGS,
  };
  const { data, meta } = await get(["docker", "tags"], asked, { signal: subject.signal });
  return { tags: data.map((row) => row.name), total: meta.total };
}

function view(subject, state, draw, load) {
  return html`${pulling(subject, state, draw, load)} ${properties(listed(subject), draw)}`;
}

function pulling(subject, state, draw, load) {
  const { id, tags, total, error } = state;
  if (error) return failure(error, load);
  if (!tags) return waiting();
  if (!tags.length) return pushing(subject);
  const tag = tags.includes(state.chosen) ? state.chosen : usual(tags);
  const choose = (event) => {
    state.chosen = event.target.value;
    draw();
  };
  const left = total - tags.length;
  return html`<section class="pulling" aria-label="Pull from it">
    <div class="pull-choice">
      <label for=${id}>Tag</label>
      <select id=${id} @change=${choose}>
        ${tags.map((name) => html`<option value=${name} ?selected=${name === tag}>${name}</option>`)}
      </select>
      ${left > 0
        ? html`<small class="quiet">the newest ${tags.length}; all ${number(total)} are under Tags</small>`
        : nothing}
    </div>
    ${snippet(`docker pull ${subject.place}:${tag}`, "pull line")}
  </section>`;
}

const usual = (tags) => (tags.includes("latest") ? "latest" : tags[0]);

function pushing(subject) {
  const lines = `docker tag IMAGE ${subject.place}:latest\ndocker push ${subject.place}:latest`;
  return html`<section class="pulling" aria-label="Push to it">
    <p>It has no tag yet. ${subject.locked ? "Who may push to it gives it one:" : "Push one:"}</p>
    ${snippet(lines, "push lines")}
  </section>`;
}

function listed(subject) {
  const { one, registry, locked } = subject;
  return [
    { label: "Id", value: one.id },
    { label: "Registry", value: registry?.service ?? one.registry_id, view: registryLink(one, registry) },
    { label: "Name", value: one.repository },
    editable(subject, "Description", "description", { kind: "long", most: MOST_DESCRIPTION }),
    editable(subject, "Stars", "stars", { kind: "number", help: "Shown by docker search." }),
    editable(subject, "Official", "official", { kind: "boolean", help: "It is recommended." }),
    editable(subject, "Automated", "automated", { kind: "boolean", help: "A machine builds it." }),
    { label: "Pushed", value: one.pushed_at, view: event(one.pushed_at, one.pushed_by) },
    { label: "Pulled", value: one.pulled_at, view: event(one.pulled_at, one.pulled_by) },
    { label: "Pulls", value: one.pulls, view: one.pulls === null ? undefined : html`${number(one.pulls)}` },
    { label: "First seen", value: one.created, view: moment(one.created) },
    { label: "Last seen", value: one.updated, view: moment(one.updated) },
  ].map((property) => ({ ...property, disabled: property.save ? locked : "" }));
}

function editable(subject, label, name, more) {
  const save = async (value) => {
    const { data } = await post(["docker", "repositories", subject.id], { [name]: value });
    subject.one = { ...subject.one, ...data[0] };
    return subject.one[name];
  };
  return { label, value: subject.one[name], save, ...more };
}

function registryLink(one, registry) {
  if (!registry) return html`<span class="quiet">It is gone (id ${one.registry_id}).</span>`;
  const show = () => openPanel("registry", registry.id);
  return html`<button class="link" @click=${show}>${registry.service}</button>`;
}

/** When something happened, and by whom; nothing where no notification told of it. */
function event(at, by) {
  if (!at) return undefined;
  return html`${moment(at)}${by ? html` <span class="quiet">by</span> ${by}` : nothing}`;
}
