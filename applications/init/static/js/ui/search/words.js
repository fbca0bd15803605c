/** What is typed into the search box: a text, and maybe a word for a kind before it. */

/** As the server knows them; `docker` is registries and repositories. */
export const WORDS = [
  "docker", "docker_registry", "docker_repository", "user", "group", "priv", "app", "svc", "node",
];

const PREFIX = /^\s*([a-z_]{2,24})\s*:(.*)$/is;

/** `docker: web` as `{word: "docker", text: "web"}`; any other text has no word. */
export function parse(typed) {
  const found = PREFIX.exec(typed);
  const word = found?.[1].toLowerCase();
  return WORDS.includes(word) ? { word, text: found[2].trim() } : { word: "", text: typed.trim() };
}

/** The same text, looked for in another kind; "" for all. */
export function within(typed, word) {
  const { text } = parse(typed);
  return word ? `${word}: ${text}` : text;
}

/**
 * A name in pieces, those that were looked for marked.
 * @returns {{text: string, hit: boolean}[]}
 */
export function pieces(name, wanted) {
  if (!wanted) return [{ text: name, hit: false }];
  const pattern = new RegExp(`(${wanted.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")})`, "giu");
  return name
    .split(pattern)
    .map((text, at) => ({ text, hit: at % 2 === 1 }))
    .filter((piece) => piece.text);
}
