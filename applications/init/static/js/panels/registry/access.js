/** Who has to do with a registry: its groups, and why somebody may or may not do something. */

import { html, render } from "../../lib/dom.js";
import { mountGroups } from "../../ui/groups-editor.js";
import { mountExplainer } from "./explainer.js";

/** Draw the section; see ../registry.js. */
export function mount(body, about) {
  const [publications, responsibles, explainer] = [0, 1, 2].map(() => document.createElement("div"));
  render(
    html`<div class="stack"><div class="cards">${publications}${responsibles}</div>${explainer}</div>`,
    body,
  );
  const editors = [
    mountGroups(publications, {
      words: [...about.words, "publications"],
      title: "Published to",
      help: "Their members see the registry, search it, and pull from it.",
      none: "It is published to nobody: only who is responsible sees it, and nobody pulls from it.",
      why: () => about.locked,
    }),
    mountGroups(responsibles, {
      words: [...about.words, "responsibles"],
      title: "Responsible",
      help: "Their members push to it, though not below others' users/, groups/ and apps/, and change it.",
      none: "Nobody is responsible: only a Manager can change it.",
      why: () => about.locked,
    }),
  ];
  mountExplainer(explainer, about);
  return { close: about.heard(() => editors.forEach((editor) => editor.refresh())) };
}
