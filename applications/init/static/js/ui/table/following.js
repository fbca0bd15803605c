/** Following changes: one answer after the other, however fast changes come, and none is missed. */

import { follow, watch } from "../../lib/live.js";

/**
 * Load again whenever tables changed, and say when changes come in another way.
 * @param {string[]} tables
 * @param {() => Promise} load
 * @param {() => void} draw
 * @returns a function that ends it
 */
export function following(tables, load, draw) {
  let busy = false;
  let again = false;
  const changed = async () => {
    again = true;
    if (busy) return;
    busy = true;
    while (again) {
      again = false;
      await load();
    }
    busy = false;
  };
  const unwatch = watch(draw);
  const unfollow = follow(tables, changed);
  return () => {
    unwatch();
    unfollow();
  };
}
