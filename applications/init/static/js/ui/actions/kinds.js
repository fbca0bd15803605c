/** What can be deleted, and which lines of a table stand for one. */

import { get } from "../../lib/api.js";

const TAG_COUNT_IDS = 200;
const LOOKED_UP = 50;
const path = (row, last) => [row.registry_service, row.repository_name, last].filter(filled);

/** By kind: its id in a line, its place in the REST API, its words, and its name out of a line. */
export const KINDS = {
  tag: {
    id: "tag_id",
    path: "tags",
    one: "docker tag",
    many: "docker tags",
    column: "name",
    name: (row) => (filled(row.tag_name) ? `${path(row).join("/")}:${row.tag_name}` : ""),
  },
  repository: {
    id: "repository_id",
    path: "repositories",
    one: "docker repository",
    many: "docker repositories",
    column: "repository",
    name: (row) => (filled(row.repository_name) ? path(row).join("/") : ""),
  },
  registry: {
    id: "registry_id",
    path: "registries",
    one: "docker registry",
    many: "docker registries",
    column: "service",
    name: (row) => (filled(row.registry_service) ? row.registry_service : ""),
  },
};

/** `3 docker tags`. */
export const counted = (kind, count) =>
  `${count.toLocaleString("en")} ${count === 1 ? KINDS[kind].one : KINDS[kind].many}`;

/** The distinct objects of a kind that lines stand for: `[{id, name}]`; lines without one are left out. */
export function targets(kind, rows) {
  const found = new Map();
  for (const row of rows) {
    const id = row[KINDS[kind].id];
    if (filled(id) && !found.has(String(id))) found.set(String(id), { id, name: KINDS[kind].name(row) });
  }
  return [...found.values()];
}

/** The same with names for the first of those that have none. */
export async function named(kind, list) {
  const missing = list.slice(0, LOOKED_UP).filter((one) => !one.name);
  if (!missing.length) return list;
  const { column, path: words, one: word } = KINDS[kind];
  const filters = `id (${missing.map((one) => one.id).join(",")})`;
  const answer = await get(["docker", words], { props: `id,${column}`, filters, limit: 0, meta: 0 });
  const names = new Map(answer.data.map((row) => [String(row.id), row[column]]));
  return list.map((one) =>
    one.name ? one : { ...one, name: names.get(String(one.id)) ?? `${word} ${one.id}` },
  );
}

/** What goes with some objects: `{repositories, tags}`, as far as one sees them; null where too many. */
export async function inside(kind, list) {
  if (kind === "tag" || list.length > TAG_COUNT_IDS) return null;
  const filters = `${KINDS[kind].id} (${list.map((one) => one.id).join(",")})`;
  const count = async (words) =>
    (await get(["docker", words], { props: "id", filters, limit: 1 })).meta.total;
  const [tags, repositories] = await Promise.all([
    count("tags"),
    kind === "registry" ? count("repositories") : list.length,
  ]);
  return { tags, repositories };
}

function filled(value) {
  return value !== null && value !== undefined && value !== "" && value !== "empty";
}
