/** Something asked again and again while it is looked at. */

/**
 * Call something now, and again some seconds after it ended.
 * @param {() => Promise<void>} call
 * @param {() => number} seconds until the next time
 * @returns {{now: () => void, stop: () => void}}
 */
export function repeating(call, seconds) {
  let timer = 0;
  let turn = 0;
  const now = async () => {
    clearTimeout(timer);
    const mine = (turn += 1);
    await call();
    if (mine === turn) timer = setTimeout(now, seconds() * 1000);
  };
  const stop = () => {
    turn += 1;
    clearTimeout(timer);
  };
  now();
  return { now, stop };
}
