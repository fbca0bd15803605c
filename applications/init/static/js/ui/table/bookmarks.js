/** Named views of a table, kept for the user. */

import { html, icon, repeat } from "../../lib/dom.js";
import { openDialog } from "../dialog.js";
import { complain, tell } from "../messages.js";
import { parameters, read } from "./address.js";
import { keep, kept } from "./keeping.js";

/** Open the list of bookmarks. */
export async function openBookmarks(store) {
  const { id } = store.definition;
  let marks = {};
  const save = async (next, said) => {
    try {
      await keep(id, { bookmarks: next });
      marks = next;
      tell(said);
    } catch (error) {
      complain(error);
    }
    dialog.draw();
  };
  const add = (event) => {
    event.preventDefault();
    const name = event.target.elements.name.value.trim();
    if (!name) return;
    const found = parameters(id, { ...store.view, offset: 0 });
    event.target.reset();
    save({ ...marks, [name]: new URLSearchParams(found).toString() }, `The view is kept as “${name}”.`);
  };
  const drop = (name) => {
    const { [name]: gone, ...rest } = marks;
    save(rest, `The bookmark “${name}” is gone.`);
  };
  const open = (name) => {
    store.go(read(id, store.defaults, marks[name]));
    dialog.close();
  };
  const view = () => html`<form class="row" @submit=${add}>
      <label class="grow"><span class="visually-hidden">Name of the bookmark</span>
        <input name="name" maxlength="60" placeholder="A name for the view as it is now" required></label>
      <button class="button">${icon("bookmark-plus")}Keep</button>
    </form>
    ${Object.keys(marks).length
      ? html`<ul class="table-columns">${repeat(Object.keys(marks).sort(), (name) => name, (name) => html`<li>
          <button class="link" @click=${() => open(name)}>${name}</button>
          <button class="plain" aria-label="Delete the bookmark ${name}" title="Delete" @click=${() => drop(name)}>
            ${icon("trash-2")}</button></li>`)}</ul>`
      : html`<p class="quiet">A bookmark keeps filters, order and columns under a name.</p>`}`;
  const dialog = openDialog({ title: "Bookmarks", view });
  try {
    marks = (await kept(id, { anew: true })).bookmarks ?? {};
    dialog.draw();
  } catch (error) {
    complain(error);
  }
}
