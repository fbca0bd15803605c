/** How far the discovery of a registry is, and having it run now. */

import { get, post } from "../../lib/api.js";
import { html, icon, nothing, render } from "../../lib/dom.js";
import { number } from "../../lib/format.js";
import { properties } from "../../ui/editable.js";
import { failure, moment, waiting } from "../../ui/parts.js";
import { repeating } from "./repeating.js";

const ASKED_SECONDS = 120;
const PHASES = { catalog: "reading the names of repositories", tags: "reading the tags", done: "ending" };

/** Draw the section; see ../registry.js. */
export function mount(body, about) {
  const state = { found: null, error: null, problem: "", asked: 0, before: null, busy: false };
  const draw = () => render(view(state, about, run), body);
  const load = async () => {
    try {
      [state.found] = (await get([...about.words, "discovery"])).data;
      state.error = null;
      // What was asked for has begun and ended.
      if (state.asked && !state.found.running && state.found.started !== state.before) state.asked = 0;
    } catch (error) {
      state.error = error;
    }
    draw();
  };
  const run = async () => {
    Object.assign(state, { busy: true, problem: "", before: state.found?.started ?? null });
    draw();
    try {
      [state.found] = (await post([...about.words, "discovery"])).data;
      state.asked = Date.now();
    } catch (error) {
      state.problem = error.message;
    }
    state.busy = false;
    draw();
    timer.now();
  };
  const timer = repeating(load, () => (state.found?.running || awaited(state) ? 1 : 15));
  const forget = about.heard(() => timer.now());
  draw();
  return { shown: timer.now, hidden: timer.stop, close: () => (timer.stop(), forget()) };
}

/** Tell whether a run was asked for that may not have ended yet. */
const awaited = ({ asked }) => Date.now() - asked < ASKED_SECONDS * 1000;

function view(state, about, run) {
  const { found, error, problem } = state;
  if (!found) return error ? failure(error, run) : waiting();
  return html`<div class="stack">
    <div class="row spread">${badge(state)}${button(state, about, run)}</div>
    ${problem ? html`<p class="problem" role="alert">${problem}</p>` : nothing}
    ${error ? failure(error) : nothing}
    ${found.running || awaited(state) ? progress(found) : nothing}
    ${found.error ? trouble(found) : nothing}
    ${properties(facts(found))}
    <p class="quiet">The collector asks the registry for its repositories and tags again and again;
      notifications make it look at once at what changed.</p>
  </div>`;
}

function badge(state) {
  const { found } = state;
  if (found.running) return html`<span class="badge">${icon("loader-circle")} running</span>`;
  if (awaited(state)) return html`<span class="badge">${icon("clock")} about to begin</span>`;
  if (found.error) return html`<span class="badge bad">${icon("circle-alert")} failed</span>`;
  if (!found.finished) return html`<span class="badge">${icon("clock")} not yet run</span>`;
  return html`<span class="badge good">${icon("circle-check")} well</span>`;
}

function button(state, { locked }, run) {
  const busy = state.busy || state.found.running;
  return html`<span class="row">
    ${locked ? html`<span class="quiet">${icon("lock")} ${locked}</span>` : nothing}
    <button class="button" ?disabled=${Boolean(locked) || busy} @click=${run}>
      ${icon("play")} Discover now
    </button>
  </span>`;
}

function progress(found) {
  const words = found.running
    ? `${PHASES[found.phase] ?? "running"}: ${number(found.requests ?? 0)} requests so far`
    : "It begins in a moment.";
  return html`<div class="stack" role="status">
    <progress aria-label="Discovery"></progress>
    <p class="quiet">${words}</p>
  </div>`;
}

const trouble = ({ error, failures }) => html`<div class="failure">${icon("circle-alert")}
  <p>${error}${failures > 1 ? ` (${number(failures)} times in a row)` : nothing}</p>
</div>`;

function facts(found) {
  const at = (label, value) => ({ label, value, view: moment(value), none: "never" });
  const count = (label, value) => ({ label, value: number(value ?? 0) });
  const { duration } = found;
  return [
    at("Last run began", found.started),
    at("Ended", found.finished),
    at("Last went well", found.succeeded),
    { label: "It took", value: duration === null ? "" : `${number(Math.round(duration * 10) / 10)} seconds` },
    count("Repositories", found.repositories),
    count("Tags", found.tags),
    count("Requests", found.requests),
    count("Failures in a row", found.failures),
    count("Tags to look at again", found.questions),
    at("Next run", found.next_run),
  ];
}
