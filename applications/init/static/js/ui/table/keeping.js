/** What is kept of tables for a user, among the preferences: bookmarks, the default view. */

import { get, post } from "../../lib/api.js";

const WORDS = ["users", "self", "prefs"];
let asked = null;

/** What is kept of one table: `{bookmarks: {name: query}, default, live}`; `anew` asks the server again. */
export async function kept(id, { anew = false } = {}) {
  if (anew) asked = null;
  return (await all()).tables?.[id] ?? {};
}

/** Keep more of one table; other members, and those of other screens, stay as they are. */
export async function keep(id, changes) {
  const { data } = await get(WORDS); // what is not known is not overwritten
  const tables = data?.tables ?? {};
  const next = { ...data, tables: { ...tables, [id]: { ...tables[id], ...changes } } };
  await post(WORDS, { data: next });
  asked = Promise.resolve(next);
}

function all() {
  asked ??= get(WORDS).then(
    (answer) => answer.data ?? {},
    () => {
      asked = null; // nodes and services keep nothing
      return {};
    },
  );
  return asked;
}
