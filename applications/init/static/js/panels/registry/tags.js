/** The tags of a registry, as the table of registries shows them. */

import { html, render } from "../../lib/dom.js";
import { failure, waiting } from "../../ui/parts.js";

/** Draw the section; see ../registry.js. */
export function mount(body, about) {
  const host = document.createElement("div");
  let table = null;
  let closed = false;
  const start = async () => {
    render(waiting(), body);
    try {
      const { tagsTable } = await import("../../screens/registries.js");
      if (!tagsTable) throw new Error("The table of tags is not there.");
      if (closed) return;
      render(html`${host}`, body);
      table = tagsTable(host, { registry_id: about.one.id });
    } catch (error) {
      render(failure(error, start), body);
    }
  };
  start();
  return {
    close() {
      closed = true;
      table?.close?.();
    },
  };
}
