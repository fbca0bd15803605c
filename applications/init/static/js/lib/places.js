/** Addresses of screens that are filtered, and names of images as docker writes them. */

import { query } from "./api.js";

const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._/:@#-]*$/;
const TABLE = "resinfo";

/** A filter of a table that means exactly this text, whatever is in it. */
export function exactly(text) {
  const given = String(text);
  if (PLAIN.test(given) && given.toLowerCase() !== "empty") return given;
  return `"${given.replaceAll('"', '""')}"`;
}

/** The table of what agents report, with filters such as `{svcname: "store/web"}`. */
export function resinfo(filters) {
  const named = Object.entries(filters).map(([column, text]) => [`${TABLE}_f_${column}`, text]);
  return `/init/resinfo/resinfo${query(Object.fromEntries(named))}`;
}

/** What stands before the name of an image: the registry's address without its scheme. */
export const hostOf = (url) => String(url ?? "").replace(/^[a-z]+:\/\//i, "").replace(/\/+$/, "");

/** An image id as agents report it. */
export const imageId = (digest) => String(digest ?? "").replace(/^sha256:/, "");
