/**
 * Panels: an object's sheet at the side of the page, in the address as `panel=registry:3`, or with
 * the section that it shows first: `panel=registry:3:tags`.
 *
 * A panel is a module of ../panels with `open(id, body, section, rename)`: it draws itself into `body`,
 * and returns `{title, close}`; the title may be a promise, and `rename(title)` gives it another one.
 */

import { openDialog } from "./dialog.js";
import { html, createRef, ref } from "../lib/dom.js";
import { complain } from "./messages.js";

const KINDS = {
  registry: () => import("../panels/registry.js"),
  repository: () => import("../panels/repository.js"),
};

let current = null;

/** Open the panel of an object, at one of its sections; the browser's back button closes it. */
export function openPanel(kind, id, section = "") {
  const wanted = [kind, id, section].filter((word) => word !== "").join(":");
  if (inAddress() !== wanted) history.pushState({ panel: wanted }, "", addressWith(wanted));
  show(wanted);
}

/** Close it, if one is open. */
export function closePanel() {
  if (current) current.dialog.close();
}

/** Show what the address says; called once by the page. */
export function startPanels(first) {
  addEventListener("popstate", () => show(inAddress()));
  show(inAddress() || first || "");
}

async function show(wanted) {
  if ((current?.wanted ?? "") === wanted) return;
  current?.leave();
  const [kind, id, section = ""] = wanted.split(":");
  if (!KINDS[kind] || !/^\d+$/.test(id ?? "")) return;
  const body = createRef();
  let panel = null;
  const mine = { wanted, gone: false };
  const dialog = openDialog({
    title: "…",
    className: "panel",
    view: () => html`<div ${ref(body)}></div>`,
    closed() {
      mine.gone = true;
      panel?.close?.();
      if (current !== mine) return;
      current = null;
      if (inAddress()) history.pushState({}, "", addressWith(""));
    },
  });
  current = Object.assign(mine, {
    dialog,
    leave() {
      current = null;
      dialog.close();
    },
  });
  try {
    const module = await KINDS[kind]();
    if (mine.gone) return;
    panel = module.open(id, body.value, section, (title) => !mine.gone && dialog.setTitle(title));
    const title = await panel.title;
    if (!mine.gone) dialog.setTitle(title);
  } catch (error) {
    complain(error);
  }
}

const inAddress = () => new URLSearchParams(location.search).get("panel") ?? "";

function addressWith(wanted) {
  const found = new URLSearchParams(location.search);
  if (wanted) found.set("panel", wanted);
  else found.delete("panel");
  const text = found.toString();
  return location.pathname + (text ? `?${text}` : "");
}
