/** The dialog that declares a registry, and leads to its configuration. */

import { get, post } from "../lib/api.js";
import { may, needs } from "../lib/context.js";
import { debounce, html, icon, live, nothing } from "../lib/dom.js";
import { exactly } from "../lib/places.js";
import { openDialog } from "../ui/dialog.js";
import { openPanel } from "../ui/panels.js";

const WAIT = 400;
const MANAGER = "DockerRegistriesManager";

/**
 * Ask for a new registry; where one may declare it, it is made, and its panel opens at the
 * configuration to paste.
 * @returns {Promise<void>} when the dialog is closed
 */
export async function addRegistry() {
  const form = new Form();
  const dialog = openDialog({
    title: "Add a docker registry",
    view: () => (may(MANAGER) ? view(form) : denied(() => dialog.close())),
  });
  form.draw = () => dialog.draw();
  form.done = (id) => dialog.close(id);
  dialog.element.querySelector("input")?.focus();
  const id = await dialog.done;
  if (id !== undefined) openPanel("registry", id, "notifications");
}

/** What is typed, and what the server says of it. */
class Form {
  constructor() {
    Object.assign(this, { service: "", url: "", ownUrl: false, insecure: false, restricted: true });
    Object.assign(this, { known: null, free: "", problem: "", saving: false });
    this.lookLater = debounce(WAIT, () => this.look());
  }

  typed(service) {
    Object.assign(this, { service, known: null, free: "", problem: "" });
    if (!this.ownUrl) this.url = service.trim() ? `https://${service.trim()}` : "";
    this.lookLater();
    this.draw();
  }

  /** Is there one of that name already? */
  async look() {
    const text = this.service.trim();
    if (!text) return;
    try {
      const known = await this.taken();
      if (text !== this.service.trim()) return;
      Object.assign(this, { known, free: known ? "" : text });
    } catch {
      this.free = ""; // creating it will tell
    }
    this.draw();
  }

  async taken() {
    const filters = `service ${exactly(this.service.trim())}`;
    const wanted = { filters, props: "id,service", limit: 1, meta: 0 };
    return (await get(["docker", "registries"], wanted)).data[0] ?? null;
  }

  async save() {
    const { service, url, insecure, restricted } = this;
    Object.assign(this, { saving: true, problem: "" });
    this.draw();
    try {
      const known = await this.taken();
      if (known) Object.assign(this, { known, saving: false });
      else return this.done(await declared({ service, url, insecure, restricted }));
    } catch (error) {
      Object.assign(this, { problem: error.message, saving: false });
    }
    this.draw();
  }
}

async function declared({ service, url, ...flags }) {
  const body = { service: service.trim(), url: url.trim(), ...flags };
  return (await post(["docker", "registries"], body)).data[0].id;
}

const denied = (close) => html`<p>${needs(MANAGER)}</p>
  <p class="quiet">A Manager of this collector gives it, or adds the registry for you.</p>
  <div class="buttons"><button class="button primary" @click=${close}>Close</button></div>`;

function view(form) {
  const submitted = (event) => {
    event.preventDefault();
    if (!form.saving && form.service.trim() && !form.known) form.save();
  };
  return html`<form class="stack" novalidate @submit=${submitted}>
    ${service(form)}
    ${url(form)}
    ${flag(form, "insecure", "Insecure", "Don't check its certificate. Only in a network that you trust.")}
    ${flag(form, "restricted", "Restricted", "Only the responsible groups push, also to users/ and groups/.")}
    ${form.problem ? html`<p class="problem" role="alert">${form.problem}</p>` : nothing}
    <p class="quiet">Your primary group becomes responsible for it, and it is published to that group.</p>
    <div class="buttons">
      <button class="button primary" ?disabled=${form.saving || !form.service.trim() || Boolean(form.known)}>
        ${form.saving ? "Adding…" : "Add"}
      </button>
    </div>
  </form>`;
}

function service(form) {
  return html`<div class="field">
    <label class="field"><span>Service</span>
      <input
        required autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="255"
        placeholder="registry.example.org" .value=${live(form.service)}
        @input=${(event) => form.typed(event.target.value)}
      >
    </label>
    <small>The name in the registry's configuration: REGISTRY_AUTH_TOKEN_SERVICE. Best its host name.</small>
    <div role="status">${lookedUp(form)}</div>
  </div>`;
}

function lookedUp(form) {
  if (form.known) {
    return html`<p class="notice">${form.known.service} is declared already.
      <button class="link" type="button" @click=${() => form.done(form.known.id)}>Open it</button></p>`;
  }
  if (!form.free) return nothing;
  return html`<small>${icon("check")} There is none of that name; Enter adds it.</small>`;
}

const url = (form) => html`<label class="field"><span>Url</span>
  <input
    type="url" autocomplete="off" spellcheck="false" maxlength="255" .value=${live(form.url)}
    @input=${({ target }) => Object.assign(form, { url: target.value, ownUrl: target.value !== "" })}
  >
  <small>Where the collector reaches it.</small>
</label>`;

const flag = (form, name, label, help) => html`<label class="tick">
  <input type="checkbox" .checked=${form[name]} @change=${(event) => (form[name] = event.target.checked)}>
  <span>${label}<small class="quiet">${help}</small></span>
</label>`;
