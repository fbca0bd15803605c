/**
 * Properties of an object, edited in place.
 *
 * In a view, drawn again as often as you like; what is being typed is kept by the fields themselves:
 *
 *   html`${properties([
 *     { label: "Id", value: one.id },
 *     { label: "Created", value: one.created, view: moment(one.created) },
 *     { label: "Description", value: one.description, kind: "long", most: 255, disabled: reason,
 *       save: async (value) => (await post([...words], { description: value })).data[0].description },
 *     { label: "Stars", value: one.stars, kind: "number", help: "How good it is.", save: ... },
 *     { label: "Official", value: one.official, kind: "boolean", save: ... },
 *   ], draw)}`
 *
 * `save` answers the value that is stored now, or throws an Error whose message is for people; to keep
 * it for later redraws is the caller's: `(value) => (one = (await post(...)).data[0]).stars`.
 */

import { html, icon, live, nothing, ref, render, repeat, unique } from "../lib/dom.js";
import { flag } from "./parts.js";

/**
 * A definition list.
 * @param {object[]} list each with
 *   label; value; kind: "text" (if not given), "number", "boolean" or "long";
 *   save: async (value) => stored value; without it there is nothing to edit;
 *   disabled: why it can't be edited, or "";
 *   help: what it means; warning: what a change does, shown while it is edited;
 *   view: a template to show in place of the value; none: what to say where there is no value;
 *   most: characters; least, for numbers
 * @param {() => void} [redraw] called after something was saved
 */
export function properties(list, redraw = () => {}) {
  return html`<dl class="properties">
    ${repeat(
      list,
      (one) => one.label,
      (one) => html`<div class="property">
        <dt>${one.label}</dt>
        <dd><edit-value .property=${one} .redraw=${redraw}></edit-value></dd>
      </div>`,
    )}
  </dl>`;
}

/** One value: it shows, edits and saves itself. */
class EditValue extends HTMLElement {
  #property = {};
  #editing = false;
  #saving = false;
  #draft = "";
  #from = "";
  #problem = "";
  #explained = false;
  #id = unique("value");
  redraw = () => {};

  set property(one) {
    this.#property = one;
    this.#draw();
  }

  #draw() {
    render(this.#editing ? this.#form() : this.#shown(), this);
  }

  #shown() {
    const { kind, save, help, disabled } = this.#property;
    const edit = kind === "boolean" && save ? this.#toggle() : html`${this.#value()}${this.#pencil()}`;
    return html`<div class="property-value">${edit}</div>
      ${help ? html`<p class="property-help quiet" id="${this.#id}-help">${help}</p>` : nothing}
      ${this.#explained ? html`<p class="property-help" role="status">${disabled}</p>` : nothing}
      ${this.#complaint()}`;
  }

  #value() {
    const { kind, value, view, none = "nothing yet" } = this.#property;
    if (kind === "boolean") return flag(value);
    const missing = value === null || value === undefined || value === "";
    if (missing) return html`<span class="quiet">${none}</span>`;
    return view ?? html`<span class="property-text">${value}</span>`;
  }

  #pencil() {
    const { label, save, disabled } = this.#property;
    if (!save) return nothing;
    const name = `Edit: ${label}`;
    return html`<button
      class="plain property-edit" aria-label=${name} title=${disabled || name}
      aria-disabled=${String(Boolean(disabled))}
      @click=${() => (disabled ? this.#explain() : this.#begin())}
    >${icon(disabled ? "lock" : "pencil")}</button>`;
  }

  #toggle() {
    const { label, value, disabled, help } = this.#property;
    const locked = Boolean(disabled) || this.#saving;
    return html`<button
      class="switch" role="switch" aria-checked=${String(Boolean(value))} aria-label=${label}
      aria-describedby=${help ? `${this.#id}-help` : nothing}
      aria-disabled=${String(locked)} title=${disabled || nothing}
      @click=${() => (disabled ? this.#explain() : this.#save(!value))}
    ></button><span aria-hidden="true">${value ? "yes" : "no"}</span>${disabled ? icon("lock") : nothing}`;
  }

  #form() {
    const saving = this.#saving;
    const long = this.#property.kind === "long";
    return html`<form
      class="property-form" novalidate @submit=${this.#submitted} @keydown=${this.#pressed}
    >
      ${this.#input()}
      <div class="row">
        <button class="button small primary" ?disabled=${saving}>${saving ? "Saving…" : "Save"}</button>
        <button class="button small" type="button" @click=${() => this.#end()}>Cancel</button>
        ${long ? html`<small class="quiet">Ctrl+Enter saves</small>` : nothing}
      </div>
      <div id="${this.#id}-note">${this.#notes()}</div>
    </form>`;
  }

  #notes() {
    const { value, warning, help } = this.#property;
    const moved = String(value ?? "") !== this.#from;
    const meanwhile = `Somebody changed it to “${value}” meanwhile. Saving replaces that.`;
    return html`${this.#complaint()}
      ${moved ? html`<p class="notice">${meanwhile}</p>` : nothing}
      ${warning ? html`<p class="notice">${warning}</p>` : nothing}
      ${help ? html`<p class="property-help quiet">${help}</p>` : nothing}`;
  }

  #input() {
    const { label, kind, most } = this.#property;
    const heard = (event) => (this.#draft = event.target.value);
    const invalid = String(Boolean(this.#problem));
    const note = `${this.#id}-note`;
    if (kind === "long") {
      return html`<textarea
        rows="3" aria-label=${label} aria-describedby=${note} aria-invalid=${invalid}
        maxlength=${most ?? nothing} ?readonly=${this.#saving}
        .value=${live(this.#draft)} @input=${heard} ${ref(this.#focus)}
      ></textarea>`;
    }
    return html`<input
      aria-label=${label} aria-describedby=${note} aria-invalid=${invalid}
      inputmode=${kind === "number" ? "numeric" : nothing} maxlength=${most ?? nothing}
      autocomplete="off" autocapitalize="none" spellcheck="false" ?readonly=${this.#saving}
      .value=${live(this.#draft)} @input=${heard} ${ref(this.#focus)}
    >`;
  }

  #complaint() {
    return this.#problem ? html`<p class="problem" role="alert">${this.#problem}</p>` : nothing;
  }

  // Kept as one function: lit calls it once for an element, not with every drawing.
  #focus = (element) => {
    if (!element) return;
    queueMicrotask(() => {
      element.focus();
      if (this.#property.kind !== "long") element.select();
    });
  };

  #submitted = (event) => {
    event.preventDefault();
    this.#submit();
  };

  #pressed = (event) => {
    if (event.key === "Escape") {
      // Not the dialog around it.
      event.preventDefault();
      event.stopPropagation();
      this.#end();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.#submit();
    }
  };

  #explain() {
    this.#explained = !this.#explained;
    this.#draw();
  }

  #begin() {
    this.#editing = true;
    this.#problem = "";
    this.#draft = this.#from = String(this.#property.value ?? "");
    this.#draw();
  }

  #end() {
    this.#editing = false;
    this.#problem = "";
    this.#draw();
    this.querySelector("button")?.focus();
  }

  #submit() {
    if (this.#saving) return;
    const { kind, label, least = 0 } = this.#property;
    const text = kind === "long" ? this.#draft : this.#draft.trim();
    if (text === this.#from && !this.#problem) return this.#end();
    if (kind !== "number") return this.#save(text);
    if (/^-?\d+$/.test(text) && Number(text) >= least) return this.#save(Number(text));
    this.#problem = `${label} is a whole number${least === 0 ? ", 0 or more" : `, at least ${least}`}.`;
    this.#draw();
  }

  async #save(value) {
    if (this.#saving) return;
    const edited = this.#property;
    this.#saving = true;
    this.#problem = "";
    this.#draw();
    try {
      const stored = await edited.save(value);
      this.#property = { ...this.#property, value: stored };
      this.#saving = false;
      if (this.#editing) this.#end();
      this.redraw();
    } catch (error) {
      this.#problem = error.message || String(error);
    }
    this.#saving = false;
    this.#draw();
  }
}

customElements.define("edit-value", EditValue);
