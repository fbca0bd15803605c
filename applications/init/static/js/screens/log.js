/** The audit log, as far as one may read it. */

import { html, icon, nothing } from "../lib/dom.js";
import { get } from "../lib/api.js";
import { openDialog } from "../ui/dialog.js";
import { menuButton } from "../ui/menu.js";
import { complain } from "../ui/messages.js";
import { empty, moment } from "../ui/parts.js";
import { mountTable } from "../ui/table.js";
import { addButton, unmatched } from "./registries.js";

const GRADES = { warning: "warn", error: "bad", critical: "bad" };
const PRESETS = [
  ["Refused", "shield-x", { log_level: "warning" }],
  ["Pushes", "upload", { log_action: "docker.push" }],
  ["Pulls", "download", { log_action: "docker.pull" }],
  ["Signing in", "key-round", { log_action: "(docker.login,docker.login.failed,docker.logout)" }],
  ["Tokens", "key-square", { log_action: "docker.token" }],
  ["Changes", "pencil", { log_action: "%.change|%.create|%.delete|%.add|%.attach|%.detach|%.secret|%.revoke" }],
];

const COLUMNS = [
  { name: "id", title: "Id", numeric: true },
  { name: "log_date", title: "When", visible: true, kind: "date", cell: (line) => moment(line.log_date) },
  { name: "log_level", title: "Level", visible: true, cell: level },
  { name: "log_action", title: "Action", visible: true },
  { name: "log_user", title: "Who", visible: true },
  { name: "log_event", title: "What", visible: true, cell: what },
  { name: "svc_id", title: "Service id" },
  { name: "node_id", title: "Node id" },
];

/** Draw the screen. */
export function mount(main) {
  const host = document.createElement("div");
  main.append(host);
  const table = mountTable(host, {
    id: "log",
    title: "Log",
    url: "/init/log/ajax_log",
    columns: COLUMNS,
    forced: ["id", "log_event", "log_action"],
    events: ["log", "docker_tags", "docker_repositories"],
    key: (line) => String(line.id),
    name: (line) => line.log_event || line.log_action,
    open: (line) => openEntry(line.id),
    deletes: false,
    lead: () => html`${addButton()}${presets((filters) => table.store.go({ filters }))}`,
    empty: (filtered, clear) =>
      filtered ? unmatched(clear) : empty("Nothing yet", "What you do, and what happens on your registries, is written here."),
  });
}

const presets = (show) =>
  menuButton({
    label: html`${icon("filter")}Only`,
    title: "Only some entries",
    items: PRESETS.map(([label, picture, filters]) => ({ label, icon: picture, action: () => show(filters) })),
  });

function level(line) {
  return html`<span class="badge ${GRADES[line.log_level] ?? ""}">${line.log_level}</span>`;
}

function what(line) {
  return html`<button class="link table-text" @click=${() => openEntry(line.id)}>${line.log_event || nothing}</button>`;
}

async function openEntry(id) {
  try {
    const [entry] = (await get(["logs", id])).data;
    if (!entry) throw new Error("The entry is gone.");
    openDialog({ title: entry.log_action, className: "wide", view: () => details(entry) });
  } catch (error) {
    complain(error);
  }
}

function details(entry) {
  const more = entry.log_dict && typeof entry.log_dict === "object" ? Object.entries(entry.log_dict) : [];
  const line = ([name, value]) => html`<dt>${name}</dt><dd>${shown(value)}</dd>`;
  return html`<p>${entry.log_event}</p>
    <dl class="facts">${[["date", entry.log_date], ["who", entry.log_user], ["level", entry.log_level], ...more].map(line)}</dl>`;
}

function shown(value) {
  return typeof value === "object" && value !== null ? html`<code>${JSON.stringify(value)}</code>` : String(value ?? "");
}
