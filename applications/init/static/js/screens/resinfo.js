/** What services report of their resources. */

import { html, icon } from "../lib/dom.js";
import { empty, moment } from "../ui/parts.js";
import { mountTable } from "../ui/table.js";
import { addButton, unmatched } from "./registries.js";

const COLUMNS = [
  { name: "id", title: "Id", numeric: true },
  { name: "svc_id", title: "Service id" },
  { name: "svcname", title: "Service", visible: true, main: true },
  { name: "node_id", title: "Node id" },
  { name: "nodename", title: "Node", visible: true },
  { name: "rid", title: "Resource", visible: true },
  { name: "res_key", title: "Key", visible: true },
  { name: "res_value", title: "Value", visible: true, cell: (line) => html`<code>${line.res_value}</code>` },
  { name: "topology", title: "Topology" },
  { name: "updated", title: "Updated", visible: true, kind: "date", cell: (line) => moment(line.updated) },
];

/** Draw the screen. */
export function mount(main) {
  const host = document.createElement("div");
  main.append(host);
  const table = mountTable(host, {
    id: "resinfo",
    title: "Resources info",
    url: "/init/resinfo/ajax_resinfo",
    columns: COLUMNS,
    forced: ["id"],
    events: ["resinfo", "services", "nodes"],
    key: (line) => String(line.id),
    name: (line) => `${line.svcname} ${line.rid} ${line.res_key}`,
    deletes: false,
    lead: () => html`${addButton()}<button class="button" title="Only what tells which images run"
      @click=${() => table.store.filter({ res_key: "docker_image_id" })}>${icon("container")}Images</button>`,
    empty: (filtered, clear) =>
      filtered ? unmatched(clear) : empty("Nothing is reported", "Agents of services report here what they run."),
  });
}
