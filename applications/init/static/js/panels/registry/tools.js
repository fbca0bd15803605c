/** What else can be done with a registry. */

import { html, icon, nothing, render } from "../../lib/dom.js";
import { deleteObjects } from "../../ui/actions.js";
import { closePanel } from "../../ui/panels.js";

/** Draw the section; see ../registry.js. */
export function mount(body, about) {
  const draw = () => render(view(about), body);
  draw();
  return { close: about.heard(draw) };
}

function view({ id, one, locked }) {
  const rows = [{ registry_id: id, registry_service: one.service }];
  return html`<section class="card stack">
    <h3>Delete this registry</h3>
    <p>The collector forgets it with its repositories and tags, and gives no tokens for it any more. The
      registry itself is not asked: its images stay.</p>
    <div class="row">
      <button
        class="button danger" ?disabled=${Boolean(locked)}
        @click=${() => deleteObjects("registry", rows, closePanel)}
      >
        ${icon("trash-2")} Delete this registry…
      </button>
      ${locked ? html`<span class="quiet">${icon("lock")} ${locked}</span>` : nothing}
    </div>
  </section>`;
}
