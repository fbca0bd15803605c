/** The panel of a registry: its sections are loaded when they are first looked at. */

import { get } from "../lib/api.js";
import { may, needs } from "../lib/context.js";
import { render } from "../lib/dom.js";
import { follow } from "../lib/live.js";
import { empty, failure, waiting } from "../ui/parts.js";
import { mountTabs } from "../ui/tabs.js";

const TABLES = [
  "docker_registries",
  "docker_registries_publications",
  "docker_registries_responsibles",
  "docker_repositories",
  "docker_tags",
];
const PROPS = "id,service,url,insecure,restricted,placement,created,updated";
const SECTIONS = [
  { id: "properties", label: "Properties", icon: "settings", load: () => import("./registry/properties.js") },
  { id: "access", label: "Access", icon: "shield", load: () => import("./registry/access.js") },
  { id: "tags", label: "Tags", icon: "tags", load: () => import("./registry/tags.js") },
  { id: "discovery", label: "Discovery", icon: "search", load: () => import("./registry/discovery.js") },
  {
    id: "notifications", label: "Notifications", icon: "radio",
    load: () => import("./registry/notifications.js"),
  },
  { id: "tools", label: "Tools", icon: "trash-2", load: () => import("./registry/tools.js") },
];

/**
 * Draw the panel of a registry.
 * @param {string} id
 * @param {Element} body
 * @param {string} [section] "properties", "access", "tags", "discovery", "notifications" or "tools"
 * @param {(title: string) => void} [rename]
 * @returns {{title: Promise<string>, close: () => void}}
 */
export function open(id, body, section, rename = () => {}) {
  const panel = new Panel(new About(id), body, section, rename);
  return { title: panel.start(), close: () => panel.close() };
}

/** The sections of one registry, for as long as it is there. */
class Panel {
  constructor(about, body, section, rename) {
    Object.assign(this, { about, body, section, rename, tabs: null, closed: false });
    this.end = () => {};
  }

  /** Load it and draw it; answers the title. */
  async start() {
    const { about, body } = this;
    render(waiting(), body);
    try {
      await about.load();
    } catch (error) {
      const again = async () => this.rename(await this.start());
      if (!this.closed) render(failure(error, again), body);
      return "Registry";
    }
    if (this.closed) return "";
    if (!about.one) return this.gone();
    render(null, body);
    const list = SECTIONS.map((one) => tab(one, about));
    this.tabs = mountTabs(body, { label: "Sections", list, first: this.section });
    this.end = follow(TABLES, (events) => this.heard(events));
    return about.one.service;
  }

  async heard(events) {
    await this.about.changed(events);
    if (this.tabs) this.rename(this.about.one ? this.about.one.service : this.gone());
  }

  gone() {
    this.leave();
    render(missing, this.body);
    return "No such registry";
  }

  leave() {
    this.end();
    this.tabs?.close();
    this.tabs = null;
  }

  close() {
    this.closed = true;
    this.leave();
  }
}

/** What all sections know of the registry: `one`, whether the caller may change it, and changes of it. */
class About {
  constructor(id) {
    this.id = id;
    this.words = ["docker", "registries", id];
    this.one = null;
    this.responsible = false;
    this.listeners = new Set();
  }

  /** Why the caller may not change it, or "". */
  get locked() {
    if (!may("DockerRegistriesManager")) return needs("DockerRegistriesManager");
    return this.responsible ? "" : "Only members of a group that is responsible for this registry may.";
  }

  async load() {
    const [found] = (await get(this.words, { props: PROPS })).data;
    this.one = found ?? null;
    if (found) this.responsible = (await get([...this.words, "am_i_responsible"])).data === true;
  }

  /** Be told after something changed, with the names of the events; ends with the call of the answer. */
  heard(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async changed(events = []) {
    try {
      await this.load();
    } catch {
      return; // what is shown stays until the next change
    }
    if (this.one) for (const listener of [...this.listeners]) listener(events);
  }
}

const missing = empty(
  "There is no such registry",
  "It was deleted, or it is published to no group of yours. Those responsible for it can publish it to you.",
);

/** A section whose module comes with its first showing; failures are told in its place. */
function tab({ load, ...one }, about) {
  return {
    ...one,
    mount(body) {
      let section = null;
      let closed = false;
      const start = async () => {
        render(waiting(), body);
        try {
          const module = await load();
          if (closed) return;
          render(null, body);
          section = module.mount(body, about);
        } catch (error) {
          render(failure(error, start), body);
        }
      };
      start();
      return {
        shown: () => section?.shown?.(),
        hidden: () => section?.hidden?.(),
        close() {
          closed = true;
          section?.close?.();
        },
      };
    },
  };
}
