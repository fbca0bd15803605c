/** Does the registry tell what changes? Its secret, its configuration to paste, what it told lately. */

import { get } from "../../lib/api.js";
import { html, icon, nothing, render } from "../../lib/dom.js";
import { properties } from "../../ui/editable.js";
import { failure, moment, waiting } from "../../ui/parts.js";
import { mountConfiguration } from "./configuration.js";
import { repeating } from "./repeating.js";

const SECONDS = 10;
const EVENTS = 20;
const PROPS = "id,action,repository,tag,digest,actor,received,state,reason";

/** Draw the section; see ../registry.js. */
export function mount(body, about) {
  const [status, configuration, events] = [0, 1, 2].map(() => document.createElement("div"));
  render(html`<div class="stack">${status}${configuration}${events}</div>`, body);
  const state = { found: null, events: null, error: null, denied: "" };
  const load = async () => {
    try {
      [state.found] = (await get([...about.words, "discovery"])).data;
      state.error = null;
      if (about.responsible) await heard(state, about);
      else state.denied = "What a registry told is shown to those who are responsible for it.";
    } catch (error) {
      state.error = error;
    }
    render(arriving(state, load), status);
    render(told(state), events);
  };
  render(waiting(), status);
  const timer = repeating(load, () => SECONDS);
  const forget = about.heard(() => timer.now());
  mountConfiguration(configuration, about);
  return { shown: timer.now, hidden: timer.stop, close: () => (timer.stop(), forget()) };
}

async function heard(state, about) {
  const wanted = { props: PROPS, orderby: "~id", limit: EVENTS, meta: 0 };
  state.events = (await get([...about.words, "events"], wanted)).data;
}

function arriving({ found, error }, again) {
  if (error) return failure(error, again);
  const { notified, hinted } = found;
  return html`<section class="stack">
    <div>${verdict(found)}</div>
    ${properties([
      { label: "Last notification with the secret", value: notified, view: moment(notified), none: "never" },
      { label: "Last one without", value: hinted, view: moment(hinted), none: "never" },
    ])}
  </section>`;
}

function verdict({ notified, hinted }) {
  if (notified && !(hinted > notified)) {
    return html`<span class="badge good">${icon("circle-check")} Notifications arrive</span>`;
  }
  if (hinted) {
    return html`<span class="badge warn">${icon("triangle-alert")} They arrive without the secret</span>
      <p class="quiet">Nobody believes what they say: the collector only looks for itself what changed. Paste
        the configuration below into the registry's, and restart it.</p>`;
  }
  return html`<span class="badge">${icon("clock")} Nothing arrived yet</span>
    <p class="quiet">Until the registry tells what changes, the collector finds it out with the next
      discovery. The configuration below makes it tell: paste it, restart the registry, push an image.</p>`;
}

function told({ events, denied, error }) {
  if (denied) return html`<p class="quiet">${icon("lock")} ${denied}</p>`;
  if (error || !events) return nothing;
  return html`<section class="stack">
    <h3>What it told lately</h3>
    ${events.length ? table(events) : html`<p class="quiet">Nothing in the last days.</p>`}
  </section>`;
}

const table = (events) => html`<div
  class="scroll" tabindex="0" role="region" aria-label="Recent notifications"
>
  <table class="small-table">
    <thead><tr><th>When</th><th>What</th><th>Repository</th><th>By</th><th>State</th></tr></thead>
    <tbody>${events.map(line)}</tbody>
  </table>
</div>`;

function line({ received, action, repository, tag, digest, actor, state, reason }) {
  const what = tag ? `${repository}:${tag}` : repository;
  return html`<tr>
    <td>${moment(received)}</td>
    <td>${action}</td>
    <td title=${digest ?? ""}>${what}</td>
    <td>${actor}</td>
    <td>${state === "quarantined"
      ? html`<span class="badge bad">put aside</span> <span class="reason">${reason}</span>`
      : html`<span class="badge ${state === "done" ? "good" : ""}">${state}</span>`}</td>
  </tr>`;
}
