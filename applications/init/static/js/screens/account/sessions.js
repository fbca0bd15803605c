/** Where one is signed in. */

import { get, remove } from "../../lib/api.js";
import { html, nothing } from "../../lib/dom.js";
import { moment } from "../../ui/parts.js";
import { mountList } from "./listing.js";

const WORDS = ["users", "self", "sessions"];

/** Draw the list. */
export function mountSessions(host) {
  mountList(host, {
    load: async () => (await get(WORDS, { limit: 0, meta: 0, orderby: "~last_used" })).data,
    view: (rows, act) => html`<ul class="plain-list">${rows.map((row) => html`<li class="row spread">
        <span>${row.address || "unknown address"}${row.current ? html` <span class="badge good">this one</span>` : nothing}
          <br><span class="quiet">since ${moment(row.created)}, used ${moment(row.last_used)}</span></span>
        ${row.current ? nothing : html`<button class="button small danger" aria-label="End the session of ${row.address}"
          @click=${() => act(remove([...WORDS, row.id], {}))}>End</button>`}
      </li>`)}</ul>
      ${rows.length > 1 ? html`<div class="buttons"><button class="button danger"
        @click=${() => act(remove(WORDS, {}))}>End all others</button></div>` : nothing}`,
  });
}
