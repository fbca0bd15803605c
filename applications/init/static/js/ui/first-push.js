/** The lines that bring a first image into a registry, and out of it. */

import context, { may } from "../lib/context.js";
import { html } from "../lib/dom.js";
import { hostOf } from "../lib/places.js";
import { snippet } from "./parts.js";

const PUSHER = "DockerRegistriesPusher";

/** The line that logs docker in to a registry. */
export const loginLine = (registry, name = context.user.login) =>
  `docker login -u ${quoted(name)} ${hostOf(registry.url)}`;

/**
 * How to push a first image to a repository of one's own.
 * @param {{url: string}} registry
 * @param {string} [name] to log in with
 */
export function firstPush(registry, name) {
  const mine = `${hostOf(registry.url)}/users/${context.user.id}/hello`;
  const push = ["docker pull hello-world", `docker tag hello-world ${mine}`, `docker push ${mine}`];
  return html`${snippet([loginLine(registry, name), ...push].join("\n"), "commands")}
    <p class="quiet">Names below <code>users/${context.user.id}/</code> are yours.
      ${may(PUSHER) ? "" : `To push, you need the privilege ${PUSHER}: ask a manager of users for it.`}</p>`;
}

/** As a shell takes it for one word. */
const quoted = (text) => (/^[\w.@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
