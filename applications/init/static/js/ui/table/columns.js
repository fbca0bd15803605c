/** The dialog that chooses columns and their order. */

import { html, icon, repeat } from "../../lib/dom.js";
import { openDialog } from "../dialog.js";
import { complain, tell } from "../messages.js";
import { parameters } from "./address.js";
import { keep } from "./keeping.js";

/** Open it; each change shows at once. */
export function openColumns(store) {
  const dialog = openDialog({ title: "Columns", view: () => view(store, show) });
  function show(visible) {
    if (visible.length) store.go({ visible, offset: store.view.offset });
    dialog.draw();
  }
}

function view(store, show) {
  const { visible } = store.view;
  const rest = [...store.columns.keys()].filter((name) => !visible.includes(name));
  const line = (name) => {
    const { title } = store.columns.get(name);
    const at = visible.indexOf(name);
    return html`<li>
      <label><input type="checkbox" .checked=${at >= 0} ?disabled=${at >= 0 && visible.length === 1}
        @change=${() => show(at >= 0 ? visible.filter((one) => one !== name) : [...visible, name])}>
        ${title}</label>
      ${at < 0 ? "" : html`<span class="row">
        ${mover(title, "up", "arrow-up", at === 0, () => show(swapped(visible, at, at - 1)))}
        ${mover(title, "down", "arrow-down", at === visible.length - 1, () => show(swapped(visible, at, at + 1)))}
      </span>`}
    </li>`;
  };
  return html`<ul class="table-columns">${repeat([...visible, ...rest], (name) => name, line)}</ul>
    <div class="buttons">
      <button class="button" @click=${() => show(store.basic.visible)}>Reset</button>
      ${store.definition.volatile ? "" : html`<button class="button" @click=${() => remember(store)}>
        Make these columns and this order my default</button>`}
    </div>`;
}

const mover = (title, way, picture, off, action) => html`<button class="plain" ?disabled=${off}
  aria-label="Move ${title} ${way}" title="Move ${way}" @click=${action}>${icon(picture)}</button>`;

function swapped(names, one, other) {
  const found = [...names];
  [found[one], found[other]] = [found[other], found[one]];
  return found;
}

async function remember(store) {
  const { id } = store.definition;
  const found = parameters(id, { ...store.view, filters: {}, offset: 0 });
  try {
    await keep(id, { default: new URLSearchParams(found).toString() });
    store.setDefaults();
    tell("The table looks like this from now on.");
  } catch (error) {
    complain(error);
  }
}
