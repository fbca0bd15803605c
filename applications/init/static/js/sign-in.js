/** The sign-in page: the session's cookie comes from the REST API. */

import { ApiError, post } from "./lib/api.js";

const form = document.getElementById("sign-in");
const problem = document.getElementById("problem");
const button = form.querySelector("button");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.hidden = true;
  button.disabled = true;
  const { login, password } = Object.fromEntries(new FormData(form));
  try {
    await post(["session"], { login: login.trim(), password });
    location.replace(document.body.dataset.next);
  } catch (error) {
    problem.textContent = sentence(error);
    problem.hidden = false;
    button.disabled = false;
    form.elements.password.select();
  }
});

function sentence(error) {
  const status = error instanceof ApiError ? error.status : 0;
  if (status === 401) return "This login and password do not fit.";
  if (status === 429) {
    const wait = `${error.wait} ${error.wait === 1 ? "second" : "seconds"}`;
    return `Too many wrong passwords. Try again in ${wait}.`;
  }
  return error.message;
}
