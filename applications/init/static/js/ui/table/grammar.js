/** How filters are written, by examples. */

import { html } from "../../lib/dom.js";
import { openDialog } from "../dialog.js";

const EXAMPLES = [
  ["web", "is web, in any case"],
  ["%web%", "has web in it"],
  ["!web", "is not web"],
  ["(a,b)", "is a or b"],
  ["a%&!%b", "begins with a, and does not end with b"],
  ["a|b", "is a or b"],
  ["empty", "has no value"],
  [">10", "more than 10; also >= < <="],
  [">-2d12h", "later than two and a half days ago; w d h m s are weeks, days, hours, minutes, seconds"],
  ["2024-05", "in May 2024"],
  ["true", "yes, in columns of yes and no"],
  ['"a,b"', "is exactly a,b"],
];

/** The examples. */
export const grammar = () =>
  html`<dl class="grammar">${EXAMPLES.map(
    ([text, means]) => html`<dt><code>${text}</code></dt><dd>${means}</dd>`,
  )}</dl>`;

/** A dialog with the examples, and what filters of several columns do. */
export const openGrammar = () =>
  openDialog({
    title: "How to write filters",
    view: () => html`<p>A line is shown if it fits the filters of all columns.
        The button beside a filter shows which values there are.</p>${grammar()}`,
  });
