/** Registries, repositories and tags in one table. */

import { may, needs } from "../lib/context.js";
import { html, icon, nothing } from "../lib/dom.js";
import { number, platform } from "../lib/format.js";
import { addRegistry } from "../panels/add-registry.js";
import { openPanel } from "../ui/panels.js";
import { bytes, digest, empty, flag, moment } from "../ui/parts.js";
import { openResources } from "../ui/resources.js";
import { mountTable } from "../ui/table.js";

const MANAGER = "DockerRegistriesManager";
const date = (name, title, help = "") => ({ name, title, help, kind: "date", cell: (line) => moment(line[name]) });

const COLUMNS = [
  { name: "registry_id", title: "Registry id", numeric: true },
  { name: "registry_service", title: "Registry service", visible: true, cell: registry },
  { name: "registry_url", title: "Registry url" },
  date("registry_updated", "Registry updated"),
  date("registry_created", "Registry created"),
  { name: "repository_id", title: "Repository id", numeric: true },
  { name: "repository_name", title: "Repository name", visible: true, main: true, cell: repository },
  { name: "repository_description", title: "Repository description" },
  {
    name: "repository_stars", title: "Stars", visible: true, numeric: true, cell: stars,
    help: "How often it was pulled, or what its responsibles say.",
  },
  { name: "repository_official", title: "Official", cell: (line) => flagOf(line, "repository_official") },
  {
    name: "repository_automated", title: "Automated", visible: true,
    cell: (line) => flagOf(line, "repository_automated"),
  },
  date("repository_updated", "Repository updated"),
  date("repository_created", "Repository created"),
  { name: "tag_id", title: "Tag id", numeric: true },
  { name: "tag_name", title: "Tag name", visible: true, main: true },
  {
    name: "tag_size", title: "Size", visible: true, numeric: true, cell: (line) => bytes(line.tag_size),
    help: "All layers together, as they are stored.",
  },
  {
    name: "tag_platforms", title: "Platforms", kind: "json",
    cell: (line) => (line.tag_platforms ?? []).map(platform).join(", "),
  },
  { name: "tag_config_digest", title: "Image id", cell: image },
  { name: "tag_config_size", title: "Configuration size", numeric: true, cell: (line) => bytes(line.tag_config_size) },
  { name: "tag_digest", title: "Manifest digest", cell: (line) => html`<span class="unbroken">${digest(line.tag_digest)}</span>` },
  { ...date("tag_updated", "Tag updated", "When it was last seen in its registry."), visible: true },
  { ...date("tag_created", "Tag created", "When it was first seen in its registry."), visible: true },
  date("tag_pushed_at", "Pushed"),
  { name: "tag_pushed_by", title: "Pushed by" },
  date("tag_pulled_at", "Pulled"),
  { name: "tag_pulled_by", title: "Pulled by" },
  { name: "tag_pulls", title: "Pulls", numeric: true },
];

const DEFINITION = {
  id: "registries",
  title: "Docker registries",
  url: "/init/registry/ajax_registries",
  columns: COLUMNS,
  forced: ["registry_id", "repository_id", "tag_id", "registry_service", "repository_name", "tag_name"],
  events: ["docker_tags", "docker_repositories", "docker_registries"],
  key: ({ registry_id, repository_id, tag_id }) =>
    tag_id ? `t${tag_id}` : repository_id ? `r${repository_id}` : `g${registry_id}`,
  name: (line) => [line.repository_name ?? line.registry_service, line.tag_name].filter(Boolean).join(":"),
  open: (line) =>
    line.repository_id ? openPanel("repository", line.repository_id) : openPanel("registry", line.registry_id),
};

/** Draw the screen. */
export function mount(main, context) {
  const host = document.createElement("div");
  main.append(host);
  mountTable(host, { ...DEFINITION, lead: addButton, empty: nobody });
  if (context.add) addRegistry();
}

/**
 * The tags of one registry or repository, as a part of a panel.
 * @param {Element} host
 * @param {{registry_id?: number, repository_id?: number}} fixed
 * @returns {{close: () => void}}
 */
export function tagsTable(host, fixed) {
  const hidden = fixed.repository_id ? /^(registry|repository)_/ : /^registry_/;
  const columns = COLUMNS.map((column) => ({ ...column, visible: column.visible && !hidden.test(column.name) }));
  const filters = Object.fromEntries(Object.entries(fixed).map(([name, id]) => [name, String(id)]));
  const id = fixed.repository_id ? `docker_repository_${fixed.repository_id}` : `docker_registry_${fixed.registry_id}`;
  return mountTable(host, {
    ...DEFINITION, id, columns, fixed: filters, volatile: true, title: "Tags",
    empty: (filtered, clear) => (filtered ? unmatched(clear) : empty("No tags yet", "Push an image, and it appears here.")),
  });
}

/** The button that every table has. */
export function addButton() {
  return html`<button class="button primary" ?disabled=${!may(MANAGER)} title=${may(MANAGER) ? "" : needs(MANAGER)}
    @click=${addRegistry}>${icon("plus")}Add docker registry</button>`;
}

/** What stands where filters leave nothing. */
export function unmatched(clear) {
  return empty("Nothing fits these filters", nothing, html`<button class="button" @click=${clear}>
    ${icon("filter-x")}Clear filters</button>`);
}

function nobody(filtered, clear) {
  if (filtered) return unmatched(clear);
  return may(MANAGER)
    ? empty("No registry yet", "Declare one: the next page has the configuration to paste into it.", addButton())
    : empty(
        "No registry is published to your groups",
        "Ask somebody with the privilege DockerRegistriesManager to publish one to a group of yours.",
      );
}

function registry(line) {
  return html`<button class="link" @click=${() => openPanel("registry", line.registry_id)}>${line.registry_service}</button>`;
}

function repository(line) {
  if (!line.repository_id) return html`<span class="quiet">no repository yet</span>`;
  return html`<button class="link" @click=${() => openPanel("repository", line.repository_id)}>${line.repository_name}</button>`;
}

function stars(line) {
  return line.repository_stars ? html`${icon("star")} ${number(line.repository_stars)}` : nothing;
}

const flagOf = (line, name) => (line.repository_id ? flag(line[name]) : nothing);

function image(line) {
  if (!line.tag_config_digest) return nothing;
  return html`<span class="unbroken">${digest(line.tag_config_digest)}<button class="plain" title="Where it runs"
    aria-label="Where ${line.tag_name} runs" @click=${() => openResources(line.tag_id, line.tag_name)}>
    ${icon("server")}</button></span>`;
}
