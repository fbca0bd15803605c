/** One tag of a repository, as a line of the list. */

import { html, icon, nothing } from "../../lib/dom.js";
import { number, platform, size } from "../../lib/format.js";
import { bytes, copyButton, digest, moment } from "../../ui/parts.js";
import { openResources } from "../../ui/resources.js";

const SOME = 6;

/**
 * @param {object} row of GET /docker/tags
 * @param {Subject} subject its repository
 * @param {() => void} remove asks for its deletion
 */
export function tagLine(row, subject, remove) {
  const place = `${subject.place}:${row.name}`;
  return html`<li class="tag-line">
    <div class="tag-head">
      <strong class="tag-name">${row.name}</strong>
      ${platforms(row.platforms)}
    </div>
    <div class="tag-facts">
      <span class="tag-fact-image">${bytes(row.size)}</span>
      ${row.pushed_at
        ? event("Pushed", row.pushed_at, row.pushed_by)
        : fact("First seen", moment(row.created))}
      <span class="tag-fact-image">${digest(row.digest)}</span>
      ${event("Pulled", row.pulled_at, row.pulled_by, row.pulls)}
    </div>
    <div class="tag-buttons">
      ${copyButton(`docker pull ${place}`, `pull line of ${row.name}`)}
      <button class="plain" title="Where it runs" aria-label="Where ${row.name} runs"
        @click=${() => openResources(row.id, place)}>${icon("server")}</button>
      <button class="plain" title=${subject.kept || "Delete this tag"} aria-label="Delete ${row.name}"
        aria-disabled=${String(Boolean(subject.kept))} @click=${() => (subject.kept ? null : remove())}
      >${icon("trash-2")}</button>
    </div>
  </li>`;
}

const fact = (label, value) =>
  html`<span><span class="quiet">${label}</span> ${value}</span>`;

function event(label, at, by, times = 0) {
  if (!at) return nothing;
  const often = times > 0 ? html` <span class="quiet">(${number(times)} times)</span>` : nothing;
  return fact(label, html`${moment(at)}${by ? html` <span class="quiet">by</span> ${by}` : nothing}${often}`);
}

/** `linux/arm64/v8`, with its own size and digest on hover; what is built for one only says nothing. */
function platforms(list) {
  if (!Array.isArray(list) || !list.length) return nothing;
  const known = list.filter((one) => one?.os && one.os !== "unknown");
  const more = known.slice(SOME);
  return html`${known.slice(0, SOME).map(badge)}${more.length
    ? html`<span class="badge" title=${more.map(platform).join(", ")}>and ${more.length} more</span>`
    : nothing}`;
}

function badge(one) {
  const more = [one.size ? size(one.size) : "", one.digest].filter(Boolean).join(", ");
  return html`<span class="badge" title=${more}>${platform(one)}</span>`;
}
