/** The second factor: turned on with an authenticator, turned off with a code. */

import { get, post, remove } from "../../lib/api.js";
import { html, render } from "../../lib/dom.js";
import { confirmed, openDialog } from "../../ui/dialog.js";
import { complain, tell } from "../../ui/messages.js";
import { failure, snippet, waiting } from "../../ui/parts.js";
import { askCode, codeField, submit } from "./code.js";
import { showOnce } from "./once.js";

const WORDS = ["users", "self", "totp"];

/**
 * Draw the section.
 * @param {Element} host
 * @param {(on: boolean) => void} changed told what it is, at first and after each change
 */
export function mountSecond(host, changed) {
  const state = { now: null, problem: null };
  const draw = () => {
    if (state.problem) render(failure(state.problem, load), host);
    else render(state.now ? view(state.now, load) : waiting(), host);
  };
  async function load() {
    try {
      [state.now] = (await get(WORDS)).data;
      state.problem = null;
      changed(state.now.on);
    } catch (error) {
      state.problem = error;
    }
    draw();
  }
  draw();
  load();
}

function view({ on, recovery_codes_left: left }, load) {
  if (!on) {
    return html`<p class="quiet">Signing in then takes a code of an app on your phone beside the password, and
        docker a personal token in its place.</p>
      <div><button class="button" @click=${() => turnOn(load)}>Turn it on</button></div>`;
  }
  return html`<p><span class="badge good">on</span> Signing in takes a code. Docker and scripts take a personal
      token in place of the password.</p>
    <p class=${left < 3 ? "notice" : "quiet"}>${left} recovery ${left === 1 ? "code is" : "codes are"} left${
      left < 3 ? ": turn it off and on again for new ones." : "."}</p>
    <div><button class="button danger" @click=${() => turnOff(load)}>Turn it off</button></div>`;
}

async function turnOn(load) {
  const yes = await confirmed({
    title: "Turn the second factor on?",
    view: html`<p>You need an authenticator: an app that makes codes, such as Aegis or FreeOTP.</p>
      <p>Your other sessions and all your identity tokens end, since the password alone opened them: where
        docker is logged in, it needs a personal token afterwards.</p>`,
    yes: "Go on",
  });
  if (!yes) return;
  try {
    const { data } = await post(WORDS);
    const answer = await confirmation(data);
    if (!answer) return;
    await showOnce("Recovery codes", () => recovery(answer.data.recovery_codes));
    tell("The second factor is on.");
    dispatchEvent(new Event("collector:password")); // lists of what has ended
  } catch (error) {
    complain(error);
  }
  load();
}

/** The secret, and the field for its first code. */
function confirmation({ svg, secret, uri }) {
  const send = (code) => post([...WORDS, "confirm"], { code });
  const picture = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  const dialog = openDialog({
    title: "Add it to your authenticator",
    className: "wide",
    view: (self) => html`<form class="stack" @submit=${(event) => submit(event, self, send)}>
      <p>Photograph this with the authenticator:</p>
      <img class="qr" src=${picture} alt="QR code with the secret below" width="228" height="228">
      <details><summary>Or type it in</summary>
        ${snippet(secret.match(/.{1,4}/g).join(" "), "secret")}
        <p class="quiet">Based on time, 6 digits, 30 seconds. On this device, <a href=${uri}>open the
          authenticator</a>.</p></details>
      ${codeField("The code that it shows now")}
      <p class="problem" role="alert"></p>
      <div class="buttons">
        <button class="button" type="button" @click=${() => self.close()}>Cancel</button>
        <button class="button primary">Turn it on</button>
      </div>
    </form>`,
  });
  return dialog.done;
}

const recovery = (codes) => html`<p class="notice">Keep these away from your phone: each signs you in once when
    the authenticator is lost. They are not shown again.</p>
  ${snippet(codes.join("\n"), "recovery codes")}`;

async function turnOff(load) {
  const answer = await askCode({
    title: "Turn the second factor off?",
    view: html`<p>The password alone signs you in then, and docker takes it again. Your personal tokens stay.</p>`,
    yes: "Turn it off",
    danger: true,
    send: (code) => remove(WORDS, { code }),
  });
  if (!answer) return;
  tell("The second factor is off.");
  load();
}
