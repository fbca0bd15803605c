/** The overview: what is there, what happens, what is refused, what ails. */

import { get } from "../lib/api.js";
import { may } from "../lib/context.js";
import { html, icon, nothing, render } from "../lib/dom.js";
import { number, size } from "../lib/format.js";
import { ranking } from "../ui/chart.js";
import { openPanel } from "../ui/panels.js";
import { empty, failure, waiting } from "../ui/parts.js";
import { activity, figures, refused } from "./dashboard/activity.js";
import { health } from "./dashboard/health.js";
import { keepFresh } from "./dashboard/fresh.js";

const RANGES = [7, 14, 30, 90];
const USUAL = 14;

/** Draw the screen, and keep it up to date. */
export function mount(main) {
  const host = document.createElement("div");
  main.append(host);
  return new Overview(host).start();
}

class Overview {
  constructor(host) {
    Object.assign(this, { host, days: daysOfAddress(), found: null, problem: null });
    Object.assign(this, { busy: false, allHealth: false });
    this.asked = new AbortController();
  }

  start() {
    const fresh = keepFresh(() => this.load());
    return fresh.now();
  }

  choose(days) {
    this.days = days;
    const address = new URL(location.href);
    address.searchParams.set("days", days);
    history.replaceState(history.state, "", address);
    return this.load();
  }

  /** The newest question is the one that counts. */
  async load() {
    this.asked.abort();
    const { signal } = (this.asked = new AbortController());
    this.busy = true;
    this.draw();
    try {
      const [found] = (await get(["docker", "summary"], { days: this.days }, { signal })).data;
      Object.assign(this, { found, problem: null });
    } catch (error) {
      if (signal.aborted) return;
      this.problem = error;
    }
    this.busy = false;
    this.draw();
  }

  draw() {
    render(this.view(), this.host);
  }

  view() {
    const { found, problem } = this;
    const trouble = problem ? failure(problem, () => this.load()) : nothing;
    if (!found) return problem ? trouble : waiting();
    if (!found.health.length) return html`${trouble}${nobody()}`;
    return html`
      <div class="row spread">
        <h2 class="overview-title">Overview</h2>
        <div class="row" role="group" aria-label="Days">${RANGES.map((days) => this.range(days))}</div>
      </div>
      ${trouble}
      <div aria-busy=${String(this.busy && found.days !== this.days)}>
        ${figures(found)}
        <div class="overview">
          <section class="card overview-wide">${activity(found)}</section>
          <section class="card"><h2>Health of registries</h2>
            ${health(found.health, this.allHealth, () => this.showAll())}</section>
          <section class="card"><h2>Biggest repositories</h2>${biggest(found)}</section>
          <section class="card"><h2>Refused, by reason</h2>${refused(found)}</section>
        </div>
      </div>`;
  }

  range(days) {
    return html`<button class="button small" aria-pressed=${String(days === this.days)}
      @click=${() => this.choose(days)}>${days} days</button>`;
  }

  showAll() {
    this.allHealth = true;
    this.draw();
  }
}

function daysOfAddress() {
  const given = Number(new URLSearchParams(location.search).get("days"));
  return RANGES.includes(given) ? given : USUAL;
}

function biggest({ biggest: repositories }) {
  if (!repositories.length) {
    return html`<p class="quiet">No sizes are known yet: they are read with the tags of a registry.</p>`;
  }
  return ranking(
    repositories.map((one) => ({
      label: html`<button class="link"
          @click=${() => openPanel("repository", one.id)}>${one.repository}</button>
        <span class="quiet">${one.registry}, ${number(one.tags)} ${one.tags === 1 ? "tag" : "tags"}</span>`,
      value: one.bytes,
      shown: size(one.bytes),
    })),
  );
}

/** Nothing can be seen: how to begin, or whom to ask. */
function nobody() {
  if (may("DockerRegistriesManager")) {
    const hint = "Declare the first one: what comes next is the configuration to paste into it.";
    const button = html`<button class="button primary" @click=${add}>${icon("plus")}Add a docker
      registry</button>`;
    return empty("No registry yet", hint, button);
  }
  return empty(
    "No registry is published to your groups",
    html`Ask somebody with the privilege DockerRegistriesManager to publish one to a group of yours. Your
      groups are on your account page.`,
    html`<a class="button" href="/init/default/account">${icon("circle-user")}Your account</a>`,
  );
}

async function add() {
  const { addRegistry } = await import("../panels/add-registry.js");
  return addRegistry();
}
