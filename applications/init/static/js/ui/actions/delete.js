/** Deleting: what will go, a yes, and what became of each. */

import { remove } from "../../lib/api.js";
import { may } from "../../lib/context.js";
import { html, icon, nothing } from "../../lib/dom.js";
import { number } from "../../lib/format.js";
import { openDialog } from "../dialog.js";
import { failure, waiting } from "../parts.js";
import { runEach } from "../progress.js";
import { counted, inside, KINDS, named, targets } from "./kinds.js";

const LISTED = 50;
const STAYS = {
  tag: `Each is deleted in its registry too, where that allows deletion, and can't be pulled any more.
    The space on its disk is freed by the registry's own garbage collection.`,
  repository: `Each is deleted with its tags in its registry too, where that allows deletion. The space on
    its disk is freed by the registry's own garbage collection.`,
  registry: `Only the collector forgets: the registry itself is not asked, and keeps its images. Nobody gets
    tokens for it any more, so that logging in to it, pulling and pushing ends.`,
};

/**
 * Ask whether objects are to be deleted, do it, show what becomes of each.
 * @param {"tag" | "repository" | "registry"} kind
 * @param {object[]} rows lines with registry_id, repository_id, tag_id, and names: registry_service,
 *   repository_name, tag_name; several lines of one object are one
 * @param {() => void} [refresh] called when something is gone
 * @returns {Promise<number>} how many are gone
 */
export async function deleteObjects(kind, rows, refresh = () => {}) {
  const list = targets(kind, rows);
  if (!list.length) return 0;
  const answer = await asked(kind, list);
  if (!answer) return 0;
  const body = answer.force ? { force: true } : {};
  const done = await runEach({
    title: `Deleting ${counted(kind, list.length)}`,
    items: answer.list.map((one) => ({
      label: one.name || `${KINDS[kind].one} ${one.id}`,
      run: () => gone(kind, one.id, body),
    })),
  });
  if (done) refresh();
  return done;
}

async function gone(kind, id, body) {
  try {
    return (await remove(["docker", KINDS[kind].path, id], body)).info ?? "";
  } catch (error) {
    // A tag may have gone with another one of the same image.
    if (error.status === 404) return "It was gone already.";
    throw error;
  }
}

/** A yes, as `{list, force}`; null for a no. */
async function asked(kind, list) {
  const state = { list, content: undefined, error: null, typed: "", force: false };
  const dialog = openDialog({
    title: `Delete ${counted(kind, list.length)}?`,
    view: (self) => question(kind, state, self),
  });
  const load = async () => {
    state.error = null;
    try {
      [state.list, state.content] = await Promise.all([named(kind, list), inside(kind, list)]);
    } catch (error) {
      state.error = error;
    }
    dialog.draw();
  };
  state.load = load;
  load();
  return (await dialog.done) ? { list: state.list, force: state.force } : null;
}

function question(kind, state, dialog) {
  const sure = kind !== "registry" || state.typed.trim() === word(state.list);
  const submitted = (event) => {
    event.preventDefault();
    if (sure && state.content !== undefined) dialog.close(true);
  };
  return html`<form class="stack" @submit=${submitted}>
    <ul class="names">${state.list.slice(0, LISTED).map((one) => html`<li>${one.name || one.id}</li>`)}</ul>
    ${state.list.length > LISTED ? html`<p>and ${number(state.list.length - LISTED)} more</p>` : nothing}
    ${state.error ? failure(state.error, state.load) : content(kind, state)}
    <p>${STAYS[kind]}</p>
    ${kind === "tag" ? shared(state) : nothing}
    ${kind === "registry" ? typed(state, dialog) : nothing}
    <div class="buttons">
      <button class="button" type="button" @click=${() => dialog.close()}>Cancel</button>
      <button class="button danger" ?disabled=${!sure || state.content === undefined}>
        ${icon("trash-2")} Delete
      </button>
    </div>
  </form>`;
}

function content(kind, { list, content: found }) {
  if (found === undefined) return waiting("Looking what is in it…");
  if (kind === "tag") return nothing;
  if (!found) return html`<p><strong>All their tags go too.</strong></p>`;
  const words = [counted("tag", found.tags)];
  if (kind === "registry") words.unshift(counted("repository", found.repositories));
  const where = list.length === 1 ? "In it" : "In them";
  const whole = kind === "repository" || may("Manager");
  return html`<p><strong>${where}: ${words.join(" and ")}${whole ? "" : " that you see"}. All of it goes too${
    whole ? "" : ", also what you don't see"
  }.</strong></p>`;
}

const shared = (state) => html`<label class="tick">
  <input type="checkbox" .checked=${state.force} @change=${(event) => (state.force = event.target.checked)}>
  <span>Where a registry can't delete a tag alone, delete the other tags of the same image with it</span>
</label>`;

const typed = (state, dialog) => html`<label class="field">
  <span>Type <code>${word(state.list)}</code> to confirm</span>
  <input autocomplete="off" autocapitalize="none" spellcheck="false" .value=${state.typed}
    @input=${(event) => ((state.typed = event.target.value), dialog.draw())}>
</label>`;

/** What has to be typed: the name of one, else how many. */
const word = (list) => (list.length === 1 ? list[0].name || String(list[0].id) : `delete ${list.length}`);
