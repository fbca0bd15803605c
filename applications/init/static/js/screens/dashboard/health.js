/** The health of registries: what ails first, with what to do. */

import { html, icon, nothing } from "../../lib/dom.js";
import { number } from "../../lib/format.js";
import { openPanel } from "../../ui/panels.js";
import { moment } from "../../ui/parts.js";

const FEW = 8;
const DISCOVERY = "See its discovery";
const URGENCY = ["failing", "late", "never", "ok"];
const STATES = {
  ok: ["good", "circle-check", "well"],
  late: ["warn", "clock", "late"],
  failing: ["bad", "triangle-alert", "failing"],
  incomplete: ["warn", "triangle-alert", "incomplete"],
  never: ["warn", "clock", "not seen yet"],
};

/**
 * The list, as `GET /docker/summary` has it.
 * @param {object[]} registries
 * @param {boolean} all false for the first few only
 * @param {() => void} more asks for all
 */
export function health(registries, all, more) {
  const sorted = [...registries].sort((a, b) => URGENCY.indexOf(a.state) - URGENCY.indexOf(b.state));
  const shown = all ? sorted : sorted.slice(0, FEW);
  const rest = sorted.length - shown.length;
  return html`<ul class="plain-list">${shown.map(line)}</ul>
    ${rest ? html`<button class="button small" @click=${more}>Show ${number(rest)} more</button>` : nothing}`;
}

function line(one) {
  const [grade, picture, word] = STATES[kind(one)];
  return html`<li>
    <div class="row spread">
      <button class="link" @click=${() => openPanel("registry", one.id)}>${one.service}</button>
      <span class="badge ${grade}">${icon(picture)}${word}</span>
    </div>
    ${ADVICE[kind(one)](one)}
  </li>`;
}

/** Some repositories that could not be read are no failure of the registry. */
const kind = (one) => (one.state === "failing" && !one.failures ? "incomplete" : one.state);

const ADVICE = {
  failing: (one) => html`<p>${sentence(one.discovery_error || "It could not be read")}</p>
    <p class="quiet">${one.failures > 1 ? `Tried ${number(one.failures)} times. ` : ""}The next try is
      ${due(one)}: is the registry up, and its address right? ${look(one, "discovery", DISCOVERY)}</p>`,
  incomplete: (one) => html`<p>${sentence(one.discovery_error)}</p>
    <p class="quiet">The rest was read; the next try is ${due(one)}.
      ${look(one, "discovery", DISCOVERY)}</p>`,
  late: (one) => html`<p class="quiet">Read ${moment(one.discovered_at)}; the next time was due
    ${moment(one.next_run)}. Is the collector's scheduler on?</p>`,
  never: (one) => html`<p class="quiet">Nothing was read of it yet; that begins ${due(one)}, if the
    collector's scheduler is on. ${look(one, "discovery", DISCOVERY)}</p>`,
  ok: (one) => html`<p class="quiet">Read ${moment(one.discovered_at)}. ${told(one)}</p>`,
};

function told(one) {
  if (one.last_event) return html`Last notification ${moment(one.last_event)}.`;
  if (one.last_hint) {
    return html`Its notifications come without the secret: ${look(one, "notifications", "configure them")}.`;
  }
  return html`It never told of a change: ${look(one, "notifications", "set up notifications")}.`;
}

const look = (one, section, text) =>
  html`<button class="link" aria-label="${text} of ${one.service}"
    @click=${() => openPanel("registry", one.id, section)}>${text}</button>`;

/** A time that may be over: it is a matter of moments then. */
const due = (one) => {
  const shown = moment(one.next_run);
  return shown === nothing ? "soon" : shown;
};

const sentence = (text) => (/[.!?]$/.test(text) ? text : `${text}.`);
