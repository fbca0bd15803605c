/** Where one is signed in with a browser. */

import { get, remove } from "../../lib/api.js";
import { html, nothing } from "../../lib/dom.js";
import { confirmed } from "../../ui/dialog.js";
import { moment } from "../../ui/parts.js";
import { mountList } from "./listing.js";

const WORDS = ["users", "self", "sessions"];

/** Draw the list. */
export function mountSessions(host) {
  mountList(host, { load, view });
}

/** The one of this browser first, then as they were used. */
async function load() {
  const { data } = await get(WORDS, { limit: 0, meta: 0, orderby: "~last_used" });
  return data.sort((a, b) => Number(b.current) - Number(a.current));
}

const view = (rows, act) => html`<p class="quiet">The browsers that are signed in as you. End those that you
    don't know, and change your password.</p>
  <ul class="plain-list">${rows.map((row) => line(row, act))}</ul>
  ${rows.length > 2
    ? html`<div class="buttons"><button class="button danger"
        @click=${() => endOthers(rows, act)}>End all others</button></div>`
    : nothing}`;

const line = (row, act) => html`<li class="line">
  <span>${row.address || "unknown address"}
    ${row.current ? html`<span class="badge good">this one</span>` : nothing}
    <br><span class="quiet">signed in ${moment(row.created)}, used ${moment(row.last_used)}</span></span>
  ${row.current
    ? nothing
    : html`<button class="button small danger"
        aria-label="End the session of ${row.address}, signed in ${row.created}"
        @click=${() => act(remove([...WORDS, row.id], {}))}>End</button>`}
</li>`;

async function endOthers(rows, act) {
  const yes = await confirmed({
    title: "End all other sessions?",
    view: html`<p>${rows.length - 1} browsers have to sign in again; this one stays.</p>`,
    yes: "End them",
    danger: true,
  });
  if (yes) act(remove(WORDS, {}));
}
