/** The overview: what is there, what happens, what is refused, what ails. */

import { get, query } from "../lib/api.js";
import context, { may } from "../lib/context.js";
import { html, icon, nothing, render } from "../lib/dom.js";
import { number, size } from "../lib/format.js";
import { follow } from "../lib/live.js";
import { addRegistry } from "../panels/add-registry.js";
import { bars, ranking } from "../ui/chart.js";
import { openPanel } from "../ui/panels.js";
import { empty, failure, moment, snippet, waiting } from "../ui/parts.js";

const RANGES = [7, 14, 30, 90];
const OFTEN = 5_000;
const SERIES = [
  { name: "pulls", title: "Pulls" },
  { name: "pushes", title: "Pushes" },
  { name: "denied", title: "Refused" },
];
const STATES = {
  ok: ["good", "circle-check", "well"],
  late: ["warn", "clock", "late"],
  failing: ["bad", "triangle-alert", "failing"],
  never: ["warn", "clock", "not seen yet"],
};

/** Draw the screen, and keep it up to date. */
export function mount(main) {
  const host = document.createElement("div");
  main.append(host);
  const state = { days: 14, found: null, problem: null };
  const draw = () => render(view(state, load), host);
  async function load(days = state.days) {
    state.days = days;
    draw();
    try {
      [state.found] = (await get(["docker", "summary"], { days })).data;
      state.problem = null;
    } catch (error) {
      state.problem = error;
    }
    draw();
  }
  follow(["docker_tags", "docker_repositories", "docker_registries", "log"], rarely(() => load()));
  return load();
}

/** Call at most every five seconds, the last time for sure. */
function rarely(call) {
  let timer = 0;
  return () => {
    timer ||= setTimeout(() => {
      timer = 0;
      call();
    }, OFTEN);
  };
}

function view(state, load) {
  const { found, problem, days } = state;
  if (problem) return failure(problem, () => load());
  if (!found) return waiting();
  if (!found.health.length) return nobody();
  return html`
    <div class="row spread">
      <h2 class="overview-title">Overview</h2>
      <div class="row" role="group" aria-label="Days">${RANGES.map(
        (range) => html`<button class="button small" aria-pressed=${String(range === days)}
          @click=${() => load(range)}>${range} days</button>`,
      )}</div>
    </div>
    ${figures(found)}
    <div class="overview">
      <section class="card overview-wide">${activity(found)}</section>
      <section class="card"><h2>Health of registries</h2>${health(found)}</section>
      <section class="card"><h2>Biggest repositories</h2>${biggest(found)}</section>
      <section class="card"><h2>Refused, by reason</h2>${refused(found)}</section>
    </div>`;
}

function figures({ totals, per_day: days }) {
  const sum = (name) => days.reduce((all, day) => all + day[name], 0);
  const known = [
    ["Registries", totals.registries, "boxes"],
    ["Repositories", totals.repositories, "layers"],
    ["Tags", totals.tags, "tags"],
    ["Pulls", sum("pulls"), "download"],
    ["Pushes", sum("pushes"), "upload"],
    ["Refused", sum("denied"), "shield-x"],
  ];
  return html`<dl class="figures">${known.map(
    ([label, value, picture]) => html`<div class="card"><dt>${icon(picture)}${label}</dt><dd>${number(value)}</dd></div>`,
  )}</dl>`;
}

function activity({ per_day: days, health: registries }) {
  const rows = days.map((day) => ({ ...day, label: day.day.slice(5) }));
  if (rows.some((row) => row.pulls + row.pushes + row.denied)) {
    return bars({ title: "Pulls and pushes by day", rows, series: SERIES });
  }
  const host = registries[0].url.replace(/^[a-z]+:\/\//, "");
  const mine = `${host}/users/${context.user.id}/hello`;
  return html`<h2>Pulls and pushes by day</h2>
    <p class="quiet">Nothing happened in these days. To push a first image:</p>
    ${snippet(`docker login ${host}\ndocker tag hello-world ${mine}\ndocker push ${mine}`, "commands")}`;
}

function health({ health: registries }) {
  return html`<ul class="plain-list">${registries.map((one) => {
    const [grade, picture, word] = STATES[one.state];
    return html`<li>
      <div class="row spread">
        <button class="link" @click=${() => openPanel("registry", one.id)}>${one.service}</button>
        <span class="badge ${grade}">${icon(picture)}${word}</span>
      </div>
      <p class="quiet">${advice(one)}</p>
    </li>`;
  })}</ul>`;
}

function advice(one) {
  if (one.state === "failing") return html`${sentence(one.error || "it could not be read")} The next try is at ${one.next_run}.`;
  if (one.state === "never") return "It was not read yet. Is the collector's scheduler on?";
  if (one.state === "late") return html`Read ${moment(one.discovered)}, the next time is overdue: is the scheduler on?`;
  const told = one.notified
    ? html`it told of a change ${moment(one.notified)}`
    : "it never told of a change: see Notifications in its panel";
  return html`Read ${moment(one.discovered)}; ${told}.`;
}

const sentence = (text) => (/[.!?]$/.test(text) ? text : `${text}.`);

function biggest({ biggest: repositories }) {
  if (!repositories.length) return html`<p class="quiet">No sizes are known yet.</p>`;
  return ranking(
    repositories.map((one) => ({
      label: html`<button class="link" @click=${() => openPanel("repository", one.id)}>${one.repository}</button>
        <span class="quiet">${one.registry}, ${number(one.tags)} ${one.tags === 1 ? "tag" : "tags"}</span>`,
      value: one.bytes,
      shown: size(one.bytes),
    })),
  );
}

function refused({ denied, complete }) {
  if (!denied.length) return html`<p class="quiet">Nothing was refused in these days.</p>`;
  const where = `/init/log/log${query({ log_f_log_action: "docker.token", log_f_log_level: "warning" })}`;
  return html`${ranking(denied.map((one) => ({ label: one.sentence, value: one.count })))}
    <p class="quiet">${complete ? nothing : "Of the latest refusals. "}<a href=${where}>See them in the log</a></p>`;
}

function nobody() {
  const hint = "Declare one: the next page has the configuration to paste into it.";
  return may("DockerRegistriesManager")
    ? empty("No registry yet", hint, html`<button class="button primary" @click=${addRegistry}>${icon("plus")}Add docker registry</button>`)
    : empty("No registry is published to your groups", "Ask somebody with the privilege DockerRegistriesManager to publish one to a group of yours.");
}
