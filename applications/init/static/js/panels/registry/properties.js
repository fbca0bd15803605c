/** What a registry is, edited in place. */

import { post } from "../../lib/api.js";
import { html, render } from "../../lib/dom.js";
import { properties } from "../../ui/editable.js";
import { moment } from "../../ui/parts.js";

const RESTRICTED = `Yes: only members of the responsible groups push, also to their own users/, groups/ and
  apps/ repositories. No: whoever it is published to pushes to these; elsewhere only the responsible groups.`;

const PLACEMENT = `Yes: a service is only good from a node with an instance of it, and from an address of that
  node. People are not affected.`;

/** Draw the section; see ../registry.js. */
export function mount(body, about) {
  const draw = () => render(view(about, draw), body);
  draw();
  return { close: about.heard(draw) };
}

function view(about, draw) {
  const { one } = about;
  const disabled = about.locked;
  const save = (name) => async (value) => {
    const { data } = await post(about.words, { [name]: value });
    // What the answer does not hold is as it was sent.
    about.one = { ...about.one, [name]: value, ...data[0] };
    return about.one[name];
  };
  return html`${properties(
    [
      { label: "Id", value: one.id },
      {
        label: "Service", value: one.service, disabled, save: save("service"), most: 255,
        help: "The name that the registry says of itself: REGISTRY_AUTH_TOKEN_SERVICE, auth.token.service.",
        warning: `Tokens and configurations with the old name end. Give the registry the new one at once.`,
      },
      {
        label: "Url", value: one.url, disabled, save: save("url"), most: 255,
        help: "Where the collector reaches the registry.",
      },
      {
        label: "Insecure", value: one.insecure, kind: "boolean", disabled, save: save("insecure"),
        help: "Yes: its certificate is not checked. Only for registries in a network that you trust.",
      },
      {
        label: "Restricted", value: one.restricted, kind: "boolean", disabled, save: save("restricted"),
        help: RESTRICTED,
      },
      {
        label: "Services in their place", value: one.placement, kind: "boolean", disabled,
        save: save("placement"), help: PLACEMENT,
      },
      { label: "Created", value: one.created, view: moment(one.created) },
      { label: "Updated", value: one.updated, view: moment(one.updated) },
    ],
    draw,
  )}`;
}
