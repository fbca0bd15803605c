/** The repository that a panel is about, its registry, and what one may do with it. */

import { get } from "../../lib/api.js";
import { may, needs } from "../../lib/context.js";
import { hostOf } from "../../lib/places.js";

const PROPS = [
  "id", "registry_id", "repository", "description", "stars", "official", "automated", "created", "updated",
  "pushed_at", "pushed_by", "pulled_at", "pulled_by", "pulls",
].join(",");

export class Subject {
  /** The row; null while it is not known, and where there is none. */
  one = null;
  /** Its registry's row; null for none. */
  registry = null;
  /** Why one may not change what is said of it; "" who may. */
  locked = "";
  /** Why one may not delete its tags; "" who may. */
  kept = "";
  missing = false;
  error = null;
  #leave = new AbortController();
  #asked = 0;

  constructor(id) {
    this.id = id;
  }

  /** Ask for all of it; what goes wrong is in `error`. */
  async load() {
    this.#asked += 1;
    const asked = this.#asked;
    let found;
    try {
      found = await this.#read();
    } catch (error) {
      if (error.name === "AbortError") return;
      // What is shown stays, where a later question fails.
      found = this.one ? {} : { error };
    }
    if (asked === this.#asked) Object.assign(this, found);
  }

  async #read() {
    const options = { signal: this.signal };
    const [one = null] = (await get(["docker", "repositories", this.id], { props: PROPS }, options)).data;
    if (!one) return { one, missing: true, error: null };
    const words = ["docker", "registries", one.registry_id];
    const [registry = null] = (await get(words, {}, options)).data;
    const rights = [this.#locked(words, one, registry), this.#kept(words, registry)];
    const [locked, kept] = await Promise.all(rights);
    return { one, registry, locked, kept, missing: false, error: null };
  }

  /** As the server decides: who may push to it, and a Manager. */
  async #locked(words, one, registry) {
    if (may()) return "";
    if (!registry) return "Its registry is gone.";
    const asked = { repository: one.repository, action: "push" };
    const [push] = (await get([...words, "access"], asked, { signal: this.signal })).data;
    return push.granted ? "" : `Only who may push to it changes this: ${push.sentence}.`;
  }

  async #kept(words, registry) {
    if (!registry) return "Its registry is gone.";
    if (!may("DockerRegistriesManager")) return needs("DockerRegistriesManager");
    const { data } = await get([...words, "am_i_responsible"], {}, { signal: this.signal });
    return data ? "" : `No group of yours is responsible for registry ${registry.service}.`;
  }

  /** As docker writes it: the registry's host and the name. */
  get place() {
    const host = hostOf(this.registry?.url);
    return host ? `${host}/${this.one.repository}` : this.one.repository;
  }

  get title() {
    return this.one ? this.place : `Repository ${this.id}`;
  }

  /** Ends with the panel. */
  get signal() {
    return this.#leave.signal;
  }

  get closed() {
    return this.#leave.signal.aborted;
  }

  close() {
    this.#leave.abort();
  }
}
