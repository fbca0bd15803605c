/** Filter expressions: cut in pieces as the server does, turned round, made out of values. */

import { exactly } from "../../lib/places.js";

/** An expression for lines that have one of some values; "empty" is none at all. */
export function anyOf(values, negated = false) {
  if (!values.length) return "";
  const texts = values.map((value) => (value === "empty" ? value : exactly(value)));
  const text = texts.length === 1 ? texts[0] : `(${texts.join(",")})`;
  return (negated ? "!" : "") + text;
}

const HOSTS = new Set(["nodename", "svcname", "node_id", "svc_id"]);
const NAMES = /^[^\s"(),&|!~<>=%]+(\s+[^\s"(),&|!~<>=%]+)+$/;

/** What was typed, as the server takes it: names of nodes or services with blanks between are a list. */
export function typedText(name, text) {
  const given = text.trim();
  return HOSTS.has(name) && NAMES.test(given) ? `(${given.split(/\s+/).join(",")})` : given;
}

const MOST = 64;

/**
 * The opposite: `a&b` becomes `!a|!b`, and `a&b|c` becomes `!a&!c|!b&!c`.
 * @returns {string} empty where it would be too long
 */
export function inverted(expression) {
  let found = [[]];
  for (const alternative of alternatives(expression)) {
    const before = found;
    const and = (chunk) => before.map((chunks) => [...new Set([...chunks, chunk])]);
    found = shortest(alternative.flatMap((chunk) => and(opposite(chunk))));
    if (found.length > MOST) return "";
  }
  return found.map((chunks) => chunks.join("&")).join("|");
}

const opposite = (chunk) => (chunk.startsWith("!") ? chunk.slice(1).trim() : `!${chunk}`);

/** Without those that say more than another does. */
const shortest = (found) => {
  const less = (one, other, at, place) =>
    other.every((chunk) => one.includes(chunk)) && (other.length < one.length || place < at);
  return found.filter((one, at) => !found.some((other, place) => place !== at && less(one, other, at, place)));
};

function alternatives(expression) {
  const found = [[]];
  for (const piece of pieces(expression)) {
    if (piece === "|") found.push([]);
    else if (piece !== "&") found.at(-1).push(piece.trim());
  }
  return found;
}

// Quotes and parentheses mean something only where a text begins.
const PIECE = /[&|]|[\s!]*~?\s*(?:>=|<=|>|<|=)?\s*(?:(?:"[^"]*")+|\((?:"[^"]*"|[^")])*\)|[^&|]+)\s*/gy;

/** Chunks and the signs between them; what is in quotes or parentheses is not cut. */
function pieces(expression) {
  return (expression.match(PIECE) ?? []).filter((piece) => piece.trim());
}
