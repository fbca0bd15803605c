/** The menu of who signed in: account, theme, sign out. */

import { remove, SIGN_IN } from "../lib/api.js";
import context from "../lib/context.js";
import { html, icon, render } from "../lib/dom.js";
import { complain } from "./messages.js";
import { menuButton } from "./menu.js";

const THEMES = [
  ["", "System theme", "monitor"],
  ["light", "Light theme", "sun"],
  ["dark", "Dark theme", "moon"],
];

export function mountUserMenu(host) {
  const draw = () => render(view(draw), host);
  draw();
}

function view(draw) {
  const chosen = document.documentElement.dataset.theme ?? "";
  const items = [
    { label: "Account", icon: "circle-user", href: "/init/default/account" },
    { label: "REST API", icon: "plug", href: "/init/rest/doc" },
    ...THEMES.map(([theme, label, picture]) => ({
      label,
      icon: chosen === theme ? "check" : picture,
      action: () => choose(theme, draw),
    })),
    { label: "Sign out", icon: "log-out", action: signOut },
  ];
  const { name, login } = context.user;
  return menuButton({
    label: html`${icon("circle-user")}<span class="user-name">${name || login}</span>`,
    title: name && name !== login ? `${name}, signed in as ${login}` : `${login}, signed in`,
    items,
  });
}

function choose(theme, draw) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  try {
    localStorage.setItem("collector-theme", theme);
  } catch {
    // Chosen for this page only.
  }
  draw();
}

async function signOut() {
  try {
    await remove(["session"], {});
    location.assign(SIGN_IN);
  } catch (error) {
    complain(error);
  }
}
