/** What is kept of tables for a user, among the preferences: bookmarks, the default view. */

import { get, post } from "../../lib/api.js";

const WORDS = ["users", "self", "prefs"];
let asked = null;

/** What is kept of one table: `{bookmarks: {name: query}, default, live}`. */
export async function kept(id) {
  return (await all()).tables?.[id] ?? {};
}

/** Keep more of one table; other members, and those of other screens, stay as they are. */
export async function keep(id, changes) {
  asked = null;
  const data = await all();
  const tables = data.tables ?? {};
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
