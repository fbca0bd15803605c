/** When a screen that costs the server something is loaded again. */

import { follow } from "../../lib/live.js";

const OFTEN = 5_000;
const SELDOM = 60_000;
const TIMES = 20;
const TABLES = ["docker_tags", "docker_repositories", "docker_registries"];

/**
 * Load again after changes: every five seconds at most, and the server rests twenty times as long as
 * an answer took. What tells of no change, such as a pull, is seen within a minute. A page that nobody
 * looks at waits until somebody does.
 * @param {() => Promise<void>} load
 * @returns {{now: () => Promise<void>}}
 */
export function keepFresh(load) {
  let [timer, rested, loading, missed, changed] = [0, 0, false, false, false];
  const now = async () => {
    const began = performance.now();
    [loading, changed] = [true, false];
    await load();
    const ended = performance.now();
    rested = ended + Math.min(SELDOM, Math.max(OFTEN, TIMES * (ended - began)));
    loading = false;
    again(changed ? rested - ended : SELDOM);
  };
  const again = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(() => (document.hidden ? (missed = true) : now()), wait);
  };
  const soon = () => {
    changed = true;
    if (!loading) again(Math.max(0, rested - performance.now()));
  };
  follow(TABLES, soon);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || !missed) return;
    missed = false;
    soon();
  });
  return { now };
}
