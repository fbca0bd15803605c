/** Every page but the sign-in: the header's parts, the screen, the panel. */

import context from "./lib/context.js";
import { render } from "./lib/dom.js";
import { mountUserMenu } from "./ui/user-menu.js";
import { mountSearch } from "./ui/search.js";
import { startPanels } from "./ui/panels.js";
import { complain } from "./ui/messages.js";
import { failure } from "./ui/parts.js";

const SCREENS = {
  dashboard: () => import("./screens/dashboard.js"),
  registries: () => import("./screens/registries.js"),
  resinfo: () => import("./screens/resinfo.js"),
  log: () => import("./screens/log.js"),
  account: () => import("./screens/account.js"),
};

addEventListener("unhandledrejection", (event) => complain(event.reason));

async function start() {
  mountUserMenu(document.getElementById("user"));
  mountSearch(document.getElementById("search"));
  const main = document.getElementById("main");
  try {
    const screen = await SCREENS[document.body.dataset.screen]();
    main.querySelector(".loading")?.remove();
    await screen.mount(main, context);
  } catch (error) {
    const host = document.createElement("div");
    main.append(host);
    render(failure(error), host);
  }
  if (context.notice) complain(new Error(context.notice));
  startPanels(context.panel);
}

start();
