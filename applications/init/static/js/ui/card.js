/** A small dialog with what the REST API tells of a user, a group or an application. */

import { ApiError, get } from "../lib/api.js";
import { html, icon, nothing } from "../lib/dom.js";
import { chipList } from "./chips.js";
import { openDialog } from "./dialog.js";
import { empty, failure, flag, waiting } from "./parts.js";

const MOST = 200;
const TITLES = { user: "User", group: "Group", app: "Application" };

/**
 * Open a card; names in it lead to other cards, in the same dialog.
 * @param {"user" | "group" | "app"} kind
 * @param {number} id
 */
export function openCard(kind, id) {
  const cards = [];
  const go = (to, its) => {
    const card = { kind: to, id: its, content: null, error: null };
    cards.push(card);
    read(card);
  };
  const read = async (card) => {
    Object.assign(card, { content: null, error: null });
    dialog.setTitle(TITLES[card.kind]);
    try {
      card.content = await READERS[card.kind](card.id);
    } catch (error) {
      card.error = error;
    }
    if (cards.at(-1) === card) dialog.setTitle(card.content?.title ?? TITLES[card.kind]);
  };
  const back = () => {
    cards.pop();
    dialog.setTitle(cards.at(-1).content?.title ?? TITLES[cards.at(-1).kind]);
  };
  const dialog = openDialog({
    title: TITLES[kind],
    view: () => html`${cards.length > 1
      ? html`<button class="button small" @click=${back}>${icon("chevron-left")} Back</button>`
      : nothing}${cards.length ? shown(cards.at(-1), go, read) : nothing}`,
  });
  go(kind, id);
}

function shown(card, go, read) {
  const { kind, content, error } = card;
  if (error) return failure(error, () => read(card));
  if (!content) return waiting();
  if (!content.title) {
    return empty(`There is no such ${TITLES[kind].toLowerCase()}.`, "Or there is none that you may see.");
  }
  return html`<p class="quiet">${content.what}</p>
    <dl class="card-facts">
      ${content.facts.map(([label, value]) => fact(label, value))}
    </dl>
    ${content.lists.map((list) => section(list, go))}`;
}

const fact = (label, value) =>
  value === null || value === undefined || value === ""
    ? nothing
    : html`<div><dt>${label}</dt><dd>${value}</dd></div>`;

function section({ title, what, rows, total, kind, none }, go) {
  const items = rows.map((row) => ({ label: row.label, action: () => go(kind, row.id) }));
  return html`<section class="card-list"><h3>${title}</h3>
    ${rows.length ? chipList(items, what, total) : html`<p class="quiet">${none}</p>`}
  </section>`;
}

const READERS = { user: readUser, group: readGroup, app: readApp };
const GONE = { title: "" };

async function readUser(id) {
  const props = "id,first_name,last_name,email,username,phone_work,active";
  const [one] = (await get(["users", id], { props })).data;
  if (!one) return GONE;
  const [groups, [primary]] = await Promise.all([
    listed(["users", id, "groups"], "role"),
    get(["users", id, "primary_group"]).then((answer) => answer.data),
  ]);
  const split = (wanted) => {
    const rows = groups.rows.filter((row) => row.privilege === wanted);
    return { rows, total: rows.length, kind: "group" };
  };
  return {
    title: fullName(one) || one.email || one.username || `User ${id}`,
    what: "A person who signs in here, and with docker login.",
    facts: [
      ["Id", one.id], ["E-mail", one.email], ["Username", one.username], ["Phone", one.phone_work],
      ["Active", flag(one.active)], ["Primary group", primary?.role],
    ],
    lists: [
      { title: "Groups", what: "groups", none: "No group that you see.", ...split(false) },
      { title: "Privileges", what: "privileges", none: "No privilege that you see.", ...split(true) },
    ],
  };
}

const fullName = (one) => `${one.first_name ?? ""} ${one.last_name ?? ""}`.trim();

async function readGroup(id) {
  const [one] = (await get(["groups", id])).data;
  if (!one) return GONE;
  const [users, apps] = await Promise.all([
    listed(["groups", id, "users"], "email"),
    listed(["groups", id, "apps"], "app"),
  ]);
  const owned = { title: "Responsible for applications", what: "applications", kind: "app", none: "None." };
  return {
    title: one.role,
    what: one.privilege ? "A privilege: it lets people do things, and owns nothing." : "A group of people.",
    facts: [["Id", one.id], ["Description", one.description]],
    lists: [
      { title: "Members", what: "users", kind: "user", none: "Nobody that you see.", ...users },
      ...(one.privilege ? [] : [{ ...owned, ...apps }]),
    ],
  };
}

async function readApp(id) {
  const [one] = (await get(["apps", id])).data;
  if (!one) return GONE;
  const [responsibles, publications] = await Promise.all([
    listed(["apps", id, "responsibles"], "role"),
    listed(["apps", id, "publications"], "role"),
  ]);
  return {
    title: one.app,
    what: `An application code. It owns the repositories apps/${one.app}/…`,
    facts: [
      ["Id", one.id], ["Description", one.description], ["Domain", one.app_domain],
      ["Operated by", one.app_team_ops],
    ],
    lists: [
      { title: "Responsible groups", what: "groups", kind: "group", none: "No group.", ...responsibles },
      { title: "Published to", what: "groups", kind: "group", none: "No group.", ...publications },
    ],
  };
}

/** The rows of a list that is part of a card; none where the caller may not see it. */
async function listed(words, name) {
  try {
    const { data, meta } = await get(words, { limit: MOST, orderby: name });
    return { rows: data.map((row) => ({ ...row, label: row[name] || `${row.id}` })), total: meta.total };
  } catch (error) {
    if (error instanceof ApiError && [403, 404].includes(error.status)) return { rows: [], total: 0 };
    throw error;
  }
}
