/**
 * Changes as they happen: server-sent events, or polling where those do not come through.
 *
 * The names of events are the tables' with `_change`: `docker_tags_change`.
 */

import { ask, query } from "./api.js";

const STREAM = "/init/registry/live";
const POLL = "/init/registry/changes";
const POLL_SECONDS = 1.5;
const GIVE_UP_AFTER = 3;

const listeners = new Set();
let source = null;
let timer = 0;
let last = 0;
let failures = 0;
let mode = "off";

/**
 * Be told of changes.
 * @param {string[]} tables whose changes matter
 * @param {(events: string[]) => void} heard called with the events, at most once for each moment
 * @returns a function that ends it
 */
export function follow(tables, heard) {
  const wanted = new Set(tables.map((table) => `${table}_change`));
  const one = (events) => {
    const mine = events.filter((event) => wanted.has(event));
    if (mine.length) heard(mine);
  };
  listeners.add(one);
  start();
  return () => {
    listeners.delete(one);
    if (!listeners.size) stop();
  };
}

/** How changes come at the moment: "stream", "polling" or "off". */
export const how = () => mode;

function start() {
  if (source || timer) return;
  if (typeof EventSource === "undefined") return poll();
  source = new EventSource(`${STREAM}${query({ since: last || undefined })}`);
  mode = "stream";
  source.addEventListener("change", (event) => {
    failures = 0;
    last = Number(event.lastEventId) || last;
    tell(JSON.parse(event.data));
  });
  source.addEventListener("open", () => (failures = 0));
  source.addEventListener("error", () => {
    failures += 1;
    // A refusal closes the source for good; otherwise it tries again by itself.
    if (source.readyState === EventSource.CLOSED || failures >= GIVE_UP_AFTER) {
      source.close();
      source = null;
      poll();
    }
  });
}

function stop() {
  source?.close();
  source = null;
  clearTimeout(timer);
  timer = 0;
  mode = "off";
}

async function poll() {
  mode = "polling";
  try {
    const answer = await ask(`${POLL}${query({ since: last || undefined })}`);
    const known = last;
    last = answer.last;
    if (known && answer.events?.length) tell(answer.events);
  } catch {
    // The next try may get through.
  }
  if (listeners.size) timer = setTimeout(poll, POLL_SECONDS * 1000);
}

function tell(events) {
  for (const one of [...listeners]) one(events);
}

addEventListener("pagehide", stop);
addEventListener("pageshow", (event) => {
  if (event.persisted && listeners.size) start();
});
