/** The notification secret of a registry, and configurations to paste that hold it. */

import { get, post } from "../../lib/api.js";
import { html, icon, nothing, render } from "../../lib/dom.js";
import { confirmed } from "../../ui/dialog.js";
import { tell } from "../../ui/messages.js";
import { copyButton, failure, waiting } from "../../ui/parts.js";

const TEXTS = [
  {
    name: "notifications", file: "notifications.yml", title: "Only the notifications",
    help: "For a registry that is configured already: paste it at the end of its config.yml.",
  },
  {
    name: "registry", file: "config.yml", title: "The whole configuration of a registry",
    help: html`For a new registry: token login, deletion, notifications. Copy the collector's
      <a href="/init/registry/certs" download="collector.crt">certificates</a> to where rootcertbundle says.`,
  },
  {
    name: "nginx", file: "nginx.conf", title: "The nginx before it",
    help: "It forwards docker search to the collector, all else to the registry.",
  },
];
const OVERLAPS = [["0", "at once"], ["24", "after a day"], ["168", "after a week"], ["720", "after 30 days"]];
const DOTS = "••••••••••••";

/** Draw it into an element. */
export function mountConfiguration(host, about) {
  const state = { secret: "", texts: null, error: null, shown: false };
  const draw = () => render(view(state, about, { load, show, rotate }), host);
  const load = async () => {
    if (about.locked) return draw();
    try {
      const asked = ["secret", "config"].map((word) => get([...about.words, word]));
      const [secret, config] = await Promise.all(asked);
      Object.assign(state, { secret: secret.data[0].secret, texts: config.data[0], error: null });
    } catch (error) {
      state.error = error;
    }
    draw();
  };
  const show = () => {
    state.shown = !state.shown;
    draw();
  };
  const rotate = async () => {
    const hours = await overlap();
    if (hours === null) return;
    try {
      const answer = await post([...about.words, "secret"], { overlap_hours: Number(hours) });
      state.shown = true;
      tell(answer.info);
      await load();
    } catch (error) {
      state.error = error;
      draw();
    }
  };
  draw();
  load();
}

function view(state, about, act) {
  if (about.locked) {
    return html`<p class="quiet">${icon("lock")} The secret and the configuration: ${about.locked}</p>`;
  }
  if (state.error) return failure(state.error, act.load);
  if (!state.texts) return waiting();
  return html`<section class="stack">
    <h3>Secret</h3>
    ${secret(state, act)}
    <h3>Configuration to paste</h3>
    ${TEXTS.map((one, at) => text(state, { ...one, open: at === 0 }))}
  </section>`;
}

const secret = ({ secret: value, shown }, { show, rotate }) => html`<div class="row secret">
    <code>${shown ? value : DOTS}</code>
    <button class="button small" @click=${show}>${icon("eye")} ${shown ? "Hide" : "Show"}</button>
    ${copyButton(value, "secret")}
    <button class="button small" @click=${rotate}>${icon("rotate-cw")} New secret…</button>
  </div>
  <p class="quiet">The registry sends it with each notification; it makes the collector believe them.</p>`;

function text({ texts, secret: value, shown }, { name, file, title, help, open }) {
  const whole = texts[name];
  return html`<details class="config" ?open=${open}>
    <summary>${title} <code>${file}</code></summary>
    <p class="quiet">${help}</p>
    <figure class="snippet">
      <pre tabindex="0" aria-label=${title}>${shown ? whole : whole.replaceAll(value, DOTS)}</pre>
      <div class="snippet-buttons">
        ${copyButton(whole, `configuration ${file}`)}
        <button
          class="plain" title="Download ${file}" aria-label="Download ${file}"
          @click=${() => download(file, whole)}
        >${icon("download")}</button>
      </div>
      ${shown || !whole.includes(value) ? nothing : html`<figcaption class="quiet">
        The secret is hidden here; copies hold it.</figcaption>`}
    </figure>
  </details>`;
}

/** Ask how long the old secret goes on working: hours; null for a no. */
async function overlap() {
  const state = { hours: "168" };
  const yes = await confirmed({
    title: "Make a new secret?",
    yes: "Make a new secret",
    danger: true,
    view: html`<p>The registry has to be configured with the new secret and restarted. Until then its
        notifications are believed as long as the old secret works.</p>
      <label class="field"><span>The old secret ends</span>
        <select @change=${(event) => (state.hours = event.target.value)}>
          ${OVERLAPS.map(([hours, words]) => html`<option value=${hours} ?selected=${hours === "168"}>
            ${words}</option>`)}
        </select>
      </label>`,
  });
  return yes ? state.hours : null;
}

function download(file, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: file });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
