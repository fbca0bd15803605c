/** A text field that suggests what the server knows; arrows choose, Enter takes, Escape closes. */

import { debounce, html, live, nothing, render, unique } from "../lib/dom.js";

const WAIT = 200;

/**
 * @param {object} options
 * @param {string} options.label its name
 * @param {string} [options.placeholder]
 * @param {(text: string, signal: AbortSignal) => Promise<object[]>} options.ask answers what is to be
 *   suggested: each with label, note, and value: what is written into the field when it is chosen
 * @param {(text: string) => void} [options.typed] told what stands in the field
 * @param {(item: object) => void} [options.chosen]
 * @param {string} [options.nothing] what to say where nothing fits
 */
export const suggest = (options) => html`<suggest-box .options=${options}></suggest-box>`;

class SuggestBox extends HTMLElement {
  #options = {};
  #text = "";
  #items = [];
  #at = -1;
  #open = false;
  #note = "";
  #id = unique("suggest");
  #request = null;

  set options(options) {
    this.#options = options;
    this.#draw();
  }

  disconnectedCallback() {
    this.#request?.abort();
  }

  #draw() {
    const { label, placeholder } = this.#options;
    const active = this.#open && this.#at >= 0 ? `${this.#id}-${this.#at}` : nothing;
    render(
      html`<input
          role="combobox" aria-label=${label} aria-autocomplete="list" aria-controls="${this.#id}-list"
          aria-expanded=${String(this.#open)} aria-activedescendant=${active} autocomplete="off"
          autocapitalize="none" spellcheck="false" placeholder=${placeholder ?? nothing}
          .value=${live(this.#text)}
          @input=${this.#typed} @keydown=${this.#pressed} @focus=${this.#focused} @blur=${this.#left}
        >
        <div
          id="${this.#id}-list" class="suggestions" role="listbox" aria-label=${label}
          ?hidden=${!this.#open}
        >
          ${this.#items.map((item, at) => this.#item(item, at))}
        </div>
        <p class="suggest-note quiet" role="status" ?hidden=${!this.#note}>${this.#note}</p>`,
      this,
    );
  }

  #item(item, at) {
    return html`<div
      id="${this.#id}-${at}" role="option" aria-selected=${String(at === this.#at)}
      @mousedown=${(event) => event.preventDefault()} @click=${() => this.#take(item)}
    >
      <span>${item.label}</span>${item.note ? html`<small class="quiet">${item.note}</small>` : nothing}
    </div>`;
  }

  #typed = (event) => {
    this.#write(event.target.value);
    this.#ask(this.#text);
  };

  #focused = () => this.#ask(this.#text);

  #left = () => {
    this.#request?.abort();
    this.#show([], "");
  };

  #ask = debounce(WAIT, async (text) => {
    this.#request?.abort();
    const request = (this.#request = new AbortController());
    try {
      const found = await this.#options.ask(text.trim(), request.signal);
      if (request.signal.aborted || !this.contains(document.activeElement)) return;
      const none = this.#options.nothing ?? "Nothing fits.";
      this.#show(found, found.length || !text.trim() ? "" : none);
    } catch (error) {
      if (error.name !== "AbortError") this.#show([], error.message);
    }
  });

  #show(items, note) {
    this.#items = items;
    this.#open = items.length > 0;
    this.#at = -1;
    this.#note = note;
    this.#draw();
  }

  #pressed = (event) => {
    const count = this.#items.length;
    if (event.key === "ArrowDown" && !this.#open) this.#ask(this.#text);
    if (!this.#open) return;
    if (event.key === "ArrowDown") this.#at = (this.#at + 1) % count;
    else if (event.key === "ArrowUp") this.#at = this.#at > 0 ? this.#at - 1 : count - 1;
    else if (event.key === "Enter" && this.#at >= 0) this.#take(this.#items[this.#at]);
    else if (event.key === "Escape") this.#show([], "");
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.#draw();
    this.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  };

  #take(item) {
    this.#write(item.value ?? "");
    this.#show([], "");
    this.#options.chosen?.(item);
  }

  #write(text) {
    this.#text = text;
    this.#options.typed?.(text);
  }
}

customElements.define("suggest-box", SuggestBox);
