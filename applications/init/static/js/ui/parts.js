/** Small pieces that many screens share. */

import { html, icon, nothing } from "../lib/dom.js";
import { ago, date, number, shortDigest, size } from "../lib/format.js";
import { complain, tell } from "./messages.js";

/** A date as "3 days ago", exact on hover and for screen readers. */
export function moment(text) {
  const exact = date(text);
  if (!exact) return nothing;
  return html`<time datetime=${exact.toISOString()} title=${text}>${ago(text)}</time>`;
}

/** Bytes as "12.3 MB", exact on hover. */
export const bytes = (value) =>
  value === null || value === undefined || value === "empty"
    ? nothing
    : html`<span title="${number(value)} bytes">${size(value)}</span>`;

/** A digest by its first twelve digits, whole on hover, to copy. */
export const digest = (value) =>
  value ? html`<code title=${value}>${shortDigest(value)}</code>${copyButton(value, "digest")}` : nothing;

/** A button that copies a text. */
export const copyButton = (text, what) =>
  html`<button class="plain" title="Copy the ${what}" aria-label="Copy the ${what}" @click=${() => copy(text, what)}>
    ${icon("copy")}
  </button>`;

/** A yes or a no. */
export const flag = (value) =>
  value
    ? html`<span class="yes">${icon("check")}<span class="visually-hidden">yes</span></span>`
    : html`<span class="no">${icon("x")}<span class="visually-hidden">no</span></span>`;

/** What stands where nothing is yet, and the next step. */
export const empty = (title, hint = nothing, action = nothing) =>
  html`<div class="empty">${icon("box")}<p class="empty-title">${title}</p><p class="quiet">${hint}</p>${action}</div>`;

/** What went wrong, in words, with a way to try again. */
export const failure = (error, again) =>
  html`<div class="failure" role="alert">${icon("circle-alert")}<p>${error.message}</p>
    ${again ? html`<button class="button" @click=${again}>Try again</button>` : nothing}
  </div>`;

/** Something takes its time. */
export const waiting = (text = "Loading…") =>
  html`<p class="quiet loading" role="status">${text}</p>`;

/** A text of several lines to paste elsewhere. */
export const snippet = (text, what) =>
  html`<figure class="snippet">${copyButton(text, what)}<pre tabindex="0" aria-label=${what}>${text}</pre></figure>`;

/** Put a text onto the clipboard, and say so. */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    tell(`The ${what} is copied.`);
  } catch {
    complain(new Error(`The browser does not let this page copy. Select the ${what} by hand.`));
  }
}
