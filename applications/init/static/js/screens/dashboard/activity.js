/** What happened in the chosen days: numbers, bars by day, reasons of refusals. */

import { html, icon, nothing } from "../../lib/dom.js";
import { number, size } from "../../lib/format.js";
import { holds, logAddress } from "../../lib/log-address.js";
import { bars, ranking } from "../../ui/chart.js";
import { firstPush } from "../../ui/first-push.js";

const SERIES = [
  { name: "pulls", title: "Pulls" },
  { name: "pushes", title: "Pushes" },
  { name: "denied", title: "Refused" },
];
const REFUSED = { log_action: "docker.token", log_level: "warning" };
const DAY = { month: "short", day: "numeric", timeZone: "UTC" };
const SHORT = new Intl.DateTimeFormat("en", DAY);
const LONG = new Intl.DateTimeFormat("en", { weekday: "short", ...DAY });
const TABLE = "/init/registry/registries";

/** The numbers at the top; each leads to what it counts. */
export function figures({ totals, per_day: days }) {
  const since = days[0].day;
  const period = days.length === 1 ? "today" : `in ${days.length} days`;
  const sum = (name) => number(days.reduce((all, day) => all + day[name], 0));
  const known = [
    ["Registries", number(totals.registries), "boxes", TABLE],
    ["Repositories", number(totals.repositories), "layers", TABLE],
    ["Tags", number(totals.tags), "tags", TABLE],
    ["Size", size(totals.bytes), "database", TABLE],
    ["Pulls", sum("pulls"), "download", logAddress({ log_action: "docker.pull" }, since), period],
    ["Pushes", sum("pushes"), "upload", logAddress({ log_action: "docker.push" }, since), period],
    ["Refused", sum("denied"), "shield-x", logAddress(REFUSED, since), period],
  ];
  return html`<ul class="figures" aria-label="In numbers">${known.map(figure)}</ul>`;
}

const figure = ([label, value, picture, where, period]) => html`<li><a class="card figure" href=${where}>
    <span class="figure-label">${icon(picture)}${label}</span> <strong>${value}</strong>
    ${period ? html`<small class="quiet">${period}</small>` : nothing}</a></li>`;

/** Bars by day; where nothing happened, how to begin. */
export function activity({ per_day: days, health: registries }) {
  if (days.some((day) => day.pulls + day.pushes + day.denied)) {
    return bars({ title: "Pulls and pushes by day", rows: days.map(named), series: SERIES });
  }
  return html`<h2>Pulls and pushes by day</h2>
    <p>Nothing happened in these days. To push a first image:</p>
    ${firstPush(registries[0])}`;
}

/** A day with its name; days are the server's. */
function named(day) {
  const moment = new Date(`${day.day}T00:00:00Z`);
  return { ...day, label: LONG.format(moment), short: SHORT.format(moment) };
}

/** Why tokens were refused; each reason leads to its entries. */
export function refused({ denied, complete, per_day: days }) {
  if (!denied.length) return html`<p class="quiet">No token was refused in these days.</p>`;
  const since = days[0].day;
  const rows = denied.map((one) => ({
    label: html`<a href=${entries(one.reason, since)}>${one.sentence}</a>`,
    value: one.count,
  }));
  const some = html`<p class="quiet">Of the newest refusals only: there are very many.</p>`;
  return html`${ranking(rows)}${complete ? nothing : some}`;
}

const entries = (reason, since) => logAddress({ ...REFUSED, log_event: holds(reason) }, since);
