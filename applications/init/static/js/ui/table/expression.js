/** Filter expressions: cut in pieces as the server does, turned round, made out of values. */

import { exactly } from "../../lib/places.js";

/** An expression for lines that have one of some values; "empty" is none at all. */
export function anyOf(values, negated = false) {
  if (!values.length) return "";
  const texts = values.map((value) => (value === "empty" ? value : exactly(value)));
  const text = texts.length === 1 ? texts[0] : `(${texts.join(",")})`;
  return (negated ? "!" : "") + text;
}

/** The opposite: `a&b` becomes `!a|!b`. */
export function inverted(expression) {
  return pieces(expression)
    .map((piece) => {
      if (piece === "&") return "|";
      if (piece === "|") return "&";
      const text = piece.trim();
      return text.startsWith("!") ? text.slice(1) : `!${text}`;
    })
    .join("");
}

/** Chunks and the signs between them; what is in quotes or parentheses is not cut. */
export function pieces(expression) {
  const found = [""];
  let quoted = false;
  let depth = 0;
  for (const letter of expression) {
    if (letter === '"') quoted = !quoted;
    else if (!quoted && letter === "(") depth += 1;
    else if (!quoted && letter === ")") depth -= 1;
    if (!quoted && depth <= 0 && (letter === "&" || letter === "|")) found.push(letter, "");
    else found[found.length - 1] += letter;
  }
  return found.filter((piece) => piece.trim());
}
