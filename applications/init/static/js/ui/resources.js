/** Where an image runs: the nodes and services that report it. */

import { get } from "../lib/api.js";
import { html, icon } from "../lib/dom.js";
import { number } from "../lib/format.js";
import { follow } from "../lib/live.js";
import { exactly, imageId, resinfo } from "../lib/places.js";
import { openDialog } from "./dialog.js";
import { digest, empty, failure, moment, waiting } from "./parts.js";

const MOST = 1000;

/**
 * Open a dialog with the services and nodes that run the image of a tag.
 * @param {number} tagId
 * @param {string} title the image's name, for people
 */
export function openResources(tagId, title = `tag ${tagId}`) {
  const state = { image: "", rows: null, total: 0, error: null };
  const leave = new AbortController();
  const load = async () => {
    try {
      Object.assign(state, await read(tagId, leave.signal), { error: null });
    } catch (error) {
      if (error.name === "AbortError") return;
      state.error = error;
    }
    dialog.draw();
  };
  const dialog = openDialog({
    title: `Where ${title} runs`,
    className: "wide",
    view: () => view(state, load),
    closed() {
      unfollow();
      leave.abort();
    },
  });
  const unfollow = follow(["resinfo", "docker_tags"], load);
  load();
}

async function read(tagId, signal) {
  const [tag, found] = await Promise.all([
    get(["docker", "tags", tagId], { props: "config_digest" }, { signal }),
    get(["docker", "tags", tagId, "resources"], { limit: MOST, orderby: "svcname,nodename,rid" }, { signal }),
  ]);
  return { image: tag.data[0]?.config_digest ?? "", rows: found.data, total: found.meta.total };
}

function view(state, load) {
  const { error, rows, image, total } = state;
  if (error) return failure(error, load);
  if (!rows) return waiting();
  if (!rows.length) return nowhere(image);
  const services = grouped(rows);
  const nodes = new Set(rows.map((row) => row.node_id)).size;
  const left = total > rows.length;
  const cut = left ? ` Only the first ${number(rows.length)} of ${number(total)} lines are here.` : "";
  return html`<p role="status">
      Reported by ${counted(services.length, "service")} on ${counted(nodes, "node")}.${cut}
    </p>
    ${services.map((service) => section(service))}
    <p>${tableLink(rows)}</p>`;
}

function nowhere(image) {
  return html`${empty(
      "No service that you see reports this image.",
      html`Agents report the images of their container resources once an hour, as <code>image_id</code>
        (before version 2 as <code>docker_image_id</code>). <code>om SERVICE push resinfo --sync</code> does
        it now. Services of applications that you have nothing to do with are not counted.`,
    )}
    ${image
      ? html`<p class="row">Image id ${digest(image)}</p>`
      : html`<p class="quiet">The image id is not known yet: discovery reads it from the registry.</p>`}`;
}

/** By service, with one line for each container: older and newer agents may both have told of it. */
function grouped(rows) {
  const services = new Map();
  for (const row of rows) {
    const service = services.get(row.svc_id) ?? { name: row.svcname ?? row.svc_id, lines: new Map() };
    services.set(row.svc_id, service);
    const key = JSON.stringify([row.node_id, row.rid]);
    if (!(service.lines.get(key)?.updated >= row.updated)) service.lines.set(key, row);
  }
  return [...services.values()];
}

function section({ name, lines }) {
  return html`<section class="runs">
    <h3>${icon("layers")} <a href=${resinfo({ svcname: exactly(name) })}>${name}</a></h3>
    <table class="plain-table">
      <thead><tr>
        <th scope="col">Node</th><th scope="col">Resource</th><th scope="col">Reported</th>
      </tr></thead>
      <tbody>${[...lines.values()].map(line)}</tbody>
    </table>
  </section>`;
}

const line = (row) => html`<tr>
  <td>${row.nodename ?? row.node_id}</td>
  <td>${row.rid ? html`<code>${row.rid}</code>` : html`<span class="quiet">pulled, not in use</span>`}</td>
  <td>${moment(row.updated)}</td>
</tr>`;

function tableLink(rows) {
  const ids = [...new Set(rows.map((row) => imageId(row.res_value)))];
  const filter = ids.length > 1 ? `(${ids.map(exactly).join(",")})` : exactly(ids[0]);
  return html`<a href=${resinfo({ res_value: filter })}>Show these lines in the resources table</a>`;
}

const counted = (count, what) => `${number(count)} ${what}${count === 1 ? "" : "s"}`;
