/** A repository's sheet: what is said of it, its tags, who may pull and push. */

import { html, nothing, render } from "../lib/dom.js";
import { follow } from "../lib/live.js";
import { closePanel } from "../ui/panels.js";
import { empty, failure, waiting } from "../ui/parts.js";
import { mountTabs } from "../ui/tabs.js";
import { mountParties } from "./repository/parties.js";
import { mountProperties } from "./repository/properties.js";
import { Subject } from "./repository/subject.js";
import { mountTags } from "./repository/tags.js";
import { mountTools } from "./repository/tools.js";

const TABLES = [
  "docker_repositories",
  "docker_tags",
  "docker_registries",
  "docker_registries_publications",
  "docker_registries_responsibles",
  "auth_membership",
  "apps_publications",
  "apps_responsibles",
];
const LABEL = "Parts of this repository";
const SECTIONS = [
  { id: "properties", label: "Properties", icon: "info", section: mountProperties },
  { id: "tags", label: "Tags", icon: "tags", section: mountTags },
  { id: "parties", label: "Pullers and pushers", icon: "users", section: mountParties },
  { id: "tools", label: "Tools", icon: "settings", section: mountTools },
];

/**
 * Draw the panel of a repository; it follows changes until it is closed.
 * @param {string} id
 * @param {Element} body
 * @param {string} [first] the section to begin with: properties, tags, parties or tools
 * @returns {{title: Promise<string>, close: () => void}}
 */
export function open(id, body, first) {
  const subject = new Subject(Number(id));
  const [note, host] = [document.createElement("div"), document.createElement("div")];
  body.append(note, host);
  const mounted = new Set();
  let tabs = null;
  const draw = () => {
    const found = Boolean(subject.one);
    render(found ? nothing : instead(subject, load), note);
    host.hidden = !found;
    if (found) tabs ??= mountTabs(host, { label: LABEL, first, list: listed(subject, load, mounted) });
  };
  const load = async (events = []) => {
    await subject.load();
    if (subject.closed) return;
    draw();
    if (subject.one) mounted.forEach((section) => section.changed(events));
  };
  draw();
  const loaded = load();
  const unfollow = follow(TABLES, load);
  return {
    title: loaded.then(() => subject.title),
    close() {
      unfollow();
      subject.close();
      tabs?.close();
    },
  };
}

/** Each section is told of changes while it is mounted. */
function listed(subject, load, mounted) {
  return SECTIONS.map(({ section, ...tab }) => ({
    ...tab,
    mount(body) {
      const one = section(subject, body, load);
      mounted.add(one);
      return one;
    },
  }));
}

function instead(subject, load) {
  if (subject.error) return failure(subject.error, () => load());
  if (!subject.missing) return waiting();
  const close = html`<button class="button" @click=${closePanel}>Close</button>`;
  return empty(
    "There is no such repository.",
    "It was deleted, or it is none that you may pull from or push to.",
    close,
  );
}
