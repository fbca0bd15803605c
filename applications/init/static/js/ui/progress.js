/** Many things done one after the other, in a dialog that tells what became of each. */

import { html, icon, nothing, repeat } from "../lib/dom.js";
import { number } from "../lib/format.js";
import { openDialog } from "./dialog.js";

const AT_ONCE = 3;
const SHOWN = 200;
const GIVE_UP_AFTER = 5;
const STATES = {
  waiting: ["clock", "waiting"],
  running: ["loader-circle", "running"],
  done: ["circle-check", "done"],
  failed: ["circle-alert", "failed"],
};

/**
 * Do something for each of many items, and show how it goes; what fails stays there until it is closed.
 * @param {object} options
 * @param {string} options.title
 * @param {object[]} options.items each with label, and run: async () => words for people
 * @param {number} [options.atOnce] how many at a time
 * @returns {Promise<number>} how many were done, when the dialog is closed
 */
export async function runEach({ title, items, atOnce = AT_ONCE }) {
  const work = new Work(items, atOnce);
  const dialog = openDialog({
    title,
    className: "wide",
    view: (self) => view(work, self),
    closed: () => work.stop(),
  });
  work.changed = eachFrame(() => dialog.element.isConnected && dialog.draw());
  work.start();
  await dialog.done;
  await work.ended;
  return work.count("done");
}

/** The items, each waiting, running, done or failed. */
class Work {
  constructor(items, atOnce) {
    this.items = items.map(({ label, run }, at) => ({ at, label, run, state: "waiting", words: "" }));
    this.atOnce = atOnce;
    this.running = false;
    this.changed = () => {};
    this.ended = Promise.resolve();
  }

  count(state) {
    return this.items.filter((item) => item.state === state).length;
  }

  start() {
    this.stopped = false;
    this.running = true;
    this.silent = 0;
    const lanes = Array.from({ length: this.atOnce }, () => this.lane());
    this.ended = Promise.all(lanes).then(() => {
      this.running = false;
      this.changed();
    });
    this.changed();
  }

  stop() {
    this.stopped = true;
    this.changed();
  }

  again() {
    for (const item of this.items) {
      if (item.state === "failed") Object.assign(item, { state: "waiting", words: "" });
    }
    this.start();
  }

  async lane() {
    while (!this.stopped) {
      const item = this.items.find((one) => one.state === "waiting");
      if (!item) return;
      item.state = "running";
      this.changed();
      await this.one(item);
    }
  }

  async one(item) {
    try {
      item.words = await item.run();
      item.state = "done";
      this.silent = 0;
    } catch (error) {
      item.state = "failed";
      item.words = error.message || String(error);
      // Nobody answers, or the session ended: the rest would fail alike.
      this.silent = error.status === 0 || error.status === 401 ? this.silent + 1 : 0;
      if (this.silent >= GIVE_UP_AFTER) this.stopped = true;
    }
  }
}

function view(work, dialog) {
  const all = work.items.length;
  const [done, failed, waiting] = ["done", "failed", "waiting"].map((state) => work.count(state));
  const many = `Of ${number(all)}, those that run or failed are shown first.`;
  return html`<p role="status">${summary(work, all, done, failed, waiting)}</p>
    <progress max=${all} value=${done + failed} aria-label="Done so far"></progress>
    <ol class="progress-list" tabindex="0" aria-label="What became of each">
      ${repeat(shown(work.items), (item) => item.at, line)}
    </ol>
    ${all > SHOWN ? html`<p class="quiet">${many}</p>` : nothing}
    <div class="buttons">${work.running ? running(work) : ended(work, failed, waiting, dialog)}</div>`;
}

const running = (work) => html`<button class="button" ?disabled=${work.stopped} @click=${() => work.stop()}>
  ${work.stopped ? "Stopping…" : "Stop"}
</button>`;

const ended = (work, failed, waiting, dialog) => html`
  ${waiting ? html`<button class="button" @click=${() => work.start()}>Go on</button>` : nothing}
  ${failed ? again(work) : nothing}
  <button class="button primary" @click=${() => dialog.close()}>Close</button>`;

const again = (work) => html`<button class="button" @click=${() => work.again()}>
  ${icon("rotate-cw")} Try failed again
</button>`;

function summary(work, all, done, failed, waiting) {
  const parts = [`${number(done)} of ${number(all)} done`];
  if (failed) parts.push(`${number(failed)} failed`);
  if (!work.running && waiting) parts.push(`stopped, ${number(waiting)} not begun`);
  return `${parts.join(", ")}.`;
}

function line(item) {
  const [picture, words] = STATES[item.state];
  return html`<li class="progress-item ${item.state}">
    <span class=${item.state === "running" ? "spin" : ""}>${icon(picture)}</span>
    <span class="progress-name">${item.label}</span>
    <span class="progress-state">
      <span class="visually-hidden">${words}${item.words ? ": " : ""}</span>${item.words}
    </span>
  </li>`;
}

/** All of a few; of many those that run or failed, then others. */
function shown(items) {
  if (items.length <= SHOWN) return items;
  const first = items.filter((item) => item.state === "running" || item.state === "failed");
  const rest = items.filter((item) => item.state === "waiting" || item.state === "done");
  return [...first, ...rest.slice(0, Math.max(0, SHOWN - first.length))];
}

/** Call something at most once for each picture of the screen. */
function eachFrame(call) {
  let waits = false;
  return () => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      call();
    });
  };
}
