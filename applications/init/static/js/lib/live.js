/**
 * Changes as they happen: server-sent events, or polling where those do not come through.
 *
 * The names of events are the tables' with `_change`: `docker_tags_change`.  A page that nobody
 * looks at asks for nothing, as a browser has few connections to a host; it is told what it missed
 * as soon as somebody does.
 */

import { ask, query } from "./api.js";
import context from "./context.js";

const STREAM = "/init/registry/live";
const POLL = "/init/registry/changes";
const POLL_SECONDS = 1.5;
const STREAM_AGAIN_SECONDS = 60;
const GIVE_UP_AFTER = 3;

const listeners = new Set();
const watchers = new Set();
let source = null;
let timer = 0;
// What the page shows was read after this change.
let last = context.change || 0;
let mode = "off";
// Counts beginnings and ends: an answer to what was asked before them is of no use.
let turn = 0;

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

/** Be told when `how` says something else; answers a function that ends it. */
export function watch(told) {
  watchers.add(told);
  return () => watchers.delete(told);
}

function start() {
  if (mode !== "off" || !listeners.size || document.hidden) return;
  if (typeof EventSource === "undefined") poll(Infinity);
  else stream();
}

function stop() {
  turn += 1;
  source?.close();
  source = null;
  clearTimeout(timer);
  become("off");
}

function stream() {
  stop();
  become("stream");
  source = new EventSource(`${STREAM}${query({ since: last || undefined })}`);
  let failures = 0;
  const take = (event) => {
    failures = 0;
    last = Number(event.lastEventId) || last;
    tell(JSON.parse(event.data));
  };
  source.addEventListener("begin", take);
  source.addEventListener("change", take);
  source.addEventListener("error", () => {
    failures += 1;
    // A refusal closes the source for good; otherwise it tries again by itself.
    if (source?.readyState !== EventSource.CLOSED && failures < GIVE_UP_AFTER) return;
    stop();
    poll(performance.now() + STREAM_AGAIN_SECONDS * 1000);
  });
}

/** Ask now, and again until a moment at which a stream is tried once more. */
async function poll(until) {
  become("polling");
  const mine = turn;
  try {
    const answer = await ask(`${POLL}${query({ since: last || undefined })}`);
    if (mine !== turn) return;
    last = answer.last;
    tell(answer.events);
  } catch {
    // The next try may get through.
  }
  if (mine !== turn) return;
  const again = () => (performance.now() < until ? poll(until) : stream());
  timer = setTimeout(again, POLL_SECONDS * 1000);
}

function become(next) {
  if (next === mode) return;
  mode = next;
  for (const told of [...watchers]) told();
}

function tell(events) {
  for (const one of [...listeners]) one(events);
}

document.addEventListener("visibilitychange", () => (document.hidden ? stop() : start()));
addEventListener("pagehide", stop);
addEventListener("pageshow", start);
