/** Who signed in, and what the server said of this page. */

const context = JSON.parse(document.body.dataset.context ?? "{}");

export default context;

/** Tell whether who signed in has one of some privileges; a Manager has all. */
export function may(...privileges) {
  return ["Manager", ...privileges].some((one) => context.privileges.includes(one));
}

/** Why somebody may not, in words. */
export const needs = (...privileges) => `This needs the privilege ${privileges.join(" or ")}.`;
