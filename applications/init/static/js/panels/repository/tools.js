/** What one does with a repository as a whole. */

import { html, icon, nothing, render, unique } from "../../lib/dom.js";
import { complain } from "../../ui/messages.js";
import { closePanel } from "../../ui/panels.js";
import { snippet } from "../../ui/parts.js";

export function mountTools(subject, body, reload) {
  const id = unique("why");
  const draw = () => render(view(subject, id, reload), body);
  draw();
  return { changed: draw };
}

function view(subject, id, reload) {
  const { kept, one } = subject;
  return html`<section class="tool">
      <h3>Link to this repository</h3>
      ${snippet(`${location.origin}/init/show/tabs/docker_repository/${one.id}`, "link")}
    </section>
    <section class="tool">
      <h3>Delete</h3>
      <p>All tags go, in the registry as well as here. Layers stay there until its garbage collection.</p>
      <button class="button danger" aria-disabled=${String(Boolean(kept))}
        aria-describedby=${kept ? id : nothing} @click=${() => (kept ? null : remove(subject, reload))}
      >${icon("trash-2")} Delete this repository</button>
      ${kept ? html`<p id=${id} class="quiet">${kept}</p>` : nothing}
    </section>`;
}

async function remove(subject, reload) {
  const { one, registry } = subject;
  const line = {
    registry_id: one.registry_id, registry_service: registry?.service,
    repository_id: one.id, repository_name: one.repository,
  };
  const done = async () => {
    await reload();
    if (subject.missing) closePanel();
  };
  try {
    const { deleteObjects } = await import("../../ui/actions.js");
    await deleteObjects("repository", [line], done);
  } catch (error) {
    complain(error);
  }
}
