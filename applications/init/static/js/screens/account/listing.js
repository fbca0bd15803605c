/** A list that is loaded, drawn, and loaded again after each change. */

import { render } from "../../lib/dom.js";
import { complain, tell } from "../../ui/messages.js";
import { failure, waiting } from "../../ui/parts.js";

/**
 * @param {Element} host
 * @param {object} options
 * @param {() => Promise<object[]>} options.load
 * @param {(rows, act) => TemplateResult} options.view `act(promise)` waits, tells the `info` of the
 *   answer (or the text of a second argument), loads again, and answers the answer; null where it was refused
 */
export function mountList(host, { load, view }) {
  const state = { rows: null, problem: null };
  const draw = () => {
    if (state.problem) render(failure(state.problem, start), host);
    else render(state.rows ? view(state.rows, act) : waiting(), host);
  };
  async function start() {
    try {
      state.rows = await load();
      state.problem = null;
    } catch (error) {
      state.problem = error;
    }
    draw();
  }
  async function act(promise, text) {
    try {
      const answer = await promise;
      const said = text ?? answer.info;
      if (said) tell(said);
      await start();
      return answer;
    } catch (error) {
      complain(error);
      return null;
    }
  }
  addEventListener("collector:password", start);
  draw();
  start();
}
