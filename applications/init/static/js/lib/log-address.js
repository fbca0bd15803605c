/** Addresses of the log, filtered. */

import { query } from "./api.js";

const SCREEN = "/init/log/log";

/** The log with filters such as `{log_action: "docker.pull"}`, from a day `YYYY-MM-DD` on. */
export function logAddress(filters, since) {
  const all = { ...filters, log_date: since ? `>=${since}` : "" };
  const named = Object.entries(all).map(([name, text]) => [`log_f_${name}`, text]);
  return SCREEN + query(Object.fromEntries(named));
}

/** A filter for entries that hold a word, whatever is in it; `_` and `%` stand for anything. */
export const holds = (word) => `%${String(word).replace(/[^A-Za-z0-9]+/g, "_")}%`;
