/** The sign-in page: the session's cookie comes from the REST API. */

import { ApiError, post } from "./lib/api.js";

const form = document.getElementById("sign-in");
const problem = document.getElementById("problem");
const button = form.querySelector("button");
const second = document.getElementById("second");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.hidden = true;
  button.disabled = true;
  const { login, password, code } = Object.fromEntries(new FormData(form));
  const given = { login: login.trim(), password };
  try {
    await post(["session"], second.hidden ? given : { ...given, code: code.trim() });
    location.replace(document.body.dataset.next);
  } catch (error) {
    button.disabled = false;
    if (error.wantsCode && second.hidden) return showCode();
    problem.textContent = sentence(error);
    problem.hidden = false;
    (second.hidden ? form.elements.password : form.elements.code).select();
  }
});

// Another login, or password, may be one without a second factor.
for (const name of ["login", "password"]) form.elements[name].addEventListener("input", hideCode);

/** The password is right: ask for the code. */
function showCode() {
  second.hidden = false;
  form.elements.code.required = true;
  form.elements.code.focus();
}

function hideCode() {
  second.hidden = true;
  form.elements.code.required = false;
  form.elements.code.value = "";
}

function sentence(error) {
  const status = error instanceof ApiError ? error.status : 0;
  if (status === 401 && !second.hidden) return "This code does not fit, or was used already.";
  if (status === 401) return "This login and password do not fit.";
  if (status === 429) {
    const wait = `${error.wait} ${error.wait === 1 ? "second" : "seconds"}`;
    return `Too many wrong passwords. Try again in ${wait}.`;
  }
  return error.message;
}
