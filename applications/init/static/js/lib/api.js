/** The REST API and the tables, with the session's cookie. */

const REST = "/init/rest/api";
export const SIGN_IN = "/init/default/user/login";

/**
 * A refusal or a failure, in words for people; `wait` are the seconds to wait, where it says so,
 * `wantsCode` says that a code of the second factor was missing.
 */
export class ApiError extends Error {
  constructor(status, message, wait = 0, wantsCode = false) {
    super(message);
    this.status = status;
    this.wait = wait;
    this.wantsCode = wantsCode;
  }
}

/**
 * Ask the server.
 * @param {string} address with its query
 * @param {object} [options] method, body (an object, sent as JSON), signal
 * @returns the decoded JSON
 * @throws {ApiError} also where nothing answers (status 0)
 * @throws {DOMException} AbortError, where the signal said so
 */
export async function ask(address, { method = "GET", body, signal } = {}) {
  const headers = { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(address, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
      credentials: "same-origin",
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "The collector does not answer. Is the network up?");
  }
  const value = await decoded(answer);
  if (answer.ok && !value.error) return value;
  const message = words(value) || `The collector answered ${answer.status}.`;
  if (answer.status === 401 && !address.startsWith(`${REST}/session`)) signInAgain();
  const wait = Number(answer.headers.get("Retry-After")) || 0;
  throw new ApiError(answer.status, message, wait, value.second_factor === true);
}

/** The address of something in the REST API; the words of the path are quoted. */
export function address(words, parameters = {}) {
  const path = words.map((word) => encodeURIComponent(String(word))).join("/");
  return `${REST}/${path}${query(parameters)}`;
}

/** `?a=1&b=2`, without what is empty; a list gives its parameter several times. */
export function query(parameters) {
  const found = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== "") found.append(name, one);
    }
  }
  const text = found.toString();
  return text ? `?${text}` : "";
}

/** `get(["docker", "tags", 3], {meta: 0})`; the others alike, with a body in place of parameters. */
export const get = (words, parameters, options) => ask(address(words, parameters), options);
export const post = (words, body = {}, options) =>
  ask(address(words), { ...options, method: "POST", body });
export const put = (words, body = {}, options) =>
  ask(address(words), { ...options, method: "PUT", body });
export const remove = (words, body, options) =>
  ask(address(words), { ...options, method: "DELETE", body });

/** Go to the sign-in page, and come back here after it. */
export function signInAgain() {
  const here = location.pathname + location.search;
  location.assign(`${SIGN_IN}${query({ _next: here })}`);
}

async function decoded(answer) {
  try {
    return (await answer.json()) ?? {};
  } catch {
    return {};
  }
}

function words(value) {
  if (typeof value.error === "string") return value.error;
  if (Array.isArray(value.error)) return value.error.join("; ");
  return value.errors?.[0]?.message ?? "";
}
