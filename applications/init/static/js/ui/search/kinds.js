/** The kinds of objects that a search finds: their names, and what opens one. */

import { exactly, hostOf, resinfo } from "../../lib/places.js";
import { openCard } from "../card.js";
import { openPanel } from "../panels.js";

const table = (column) => (row) => location.assign(resinfo({ [column]: exactly(row[column]) }));
const role = {
  icon: "users", name: (row) => row.role, note: () => "", open: (row) => openCard("group", row.id),
};

/** In the order that they are shown: the member of the answer, its title, the word that chooses it. */
export const KINDS = [
  {
    key: "docker_registries", title: "Registries", one: "registry", word: "docker_registry", icon: "boxes",
    name: (row) => row.service, note: (row) => (hostOf(row.url) === row.service ? "" : row.url),
    open: (row) => openPanel("registry", row.id),
  },
  {
    key: "docker_repositories", title: "Repositories", one: "repository", word: "docker_repository",
    icon: "box",
    name: (row) => row.repository, note: () => "", open: (row) => openPanel("repository", row.id),
  },
  {
    key: "users", title: "Users", one: "user", word: "user", icon: "circle-user",
    name: (row) => row.fullname, note: (row) => row.email, open: (row) => openCard("user", row.id),
  },
  { key: "groups", title: "Groups", one: "group", word: "group", ...role },
  { key: "privileges", title: "Privileges", one: "privilege", word: "priv", ...role, icon: "shield" },
  {
    key: "apps", title: "Applications", one: "application", word: "app", icon: "container",
    name: (row) => row.app, note: () => "", open: (row) => openCard("app", row.id),
  },
  {
    key: "services", title: "Services", one: "service", word: "svc", icon: "layers",
    name: (row) => row.svcname ?? row.svc_id, note: () => "what it reports", open: table("svcname"),
  },
  {
    key: "nodes", title: "Nodes", one: "node", word: "node", icon: "server",
    name: (row) => row.nodename ?? row.node_id, note: () => "what it reports", open: table("nodename"),
  },
];

/**
 * What an answer of GET /search holds, as a list of groups and one list of all that can be chosen.
 * @param {object} data
 * @param {boolean} grows whether more of a kind can be asked for
 * @returns {{groups: object[], options: object[], rows: object[]}} a group is `{kind, total, rows, more}`
 */
export function arranged(data, grows) {
  const options = [];
  const add = (option) => options[options.push({ ...option, at: options.length }) - 1];
  const groups = KINDS.filter(({ key }) => data[key]?.total).map((kind) => {
    const { total, data: found } = data[kind.key];
    const rows = found.map((row) => add({ kind, row }));
    return { kind, total, rows, more: grows && total > rows.length ? add({ kind, more: true }) : null };
  });
  return { groups, options, rows: options.filter((option) => option.row) };
}
