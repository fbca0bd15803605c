/** The exact view of a table, as parameters of an address: the collector's own names. */

/** What of a view the parameters of a table say; what they leave out is the default. */
export function read(id, defaults, text = location.search) {
  const found = new URLSearchParams(text);
  const view = { ...defaults, filters: {} };
  const prefix = `${id}_f_`;
  for (const [name, value] of found) {
    if (name.startsWith(prefix) && value) view.filters[name.slice(prefix.length)] = value;
  }
  const order = found.get(`${id}_orderby`);
  if (order !== null) view.order = words(order).map((word) => ({ id: word.replace(/^~/, ""), desc: word[0] === "~" }));
  const props = found.get(`${id}_props`);
  if (props) view.visible = words(props);
  view.limit = number(found.get(`${id}_limit`)) || defaults.limit;
  view.offset = number(found.get(`${id}_offset`));
  return view;
}

/** The parameters of a view; what is as in all of some defaults is left out, without any nothing is. */
export function parameters(id, view, ...defaults) {
  const found = {};
  const alike = (part, one) => String(part(one)) === String(part(view));
  const plain = (part) => defaults.length > 0 && defaults.every((one) => alike(part, one));
  for (const [name, text] of Object.entries(view.filters)) if (text) found[`${id}_f_${name}`] = text;
  if (!plain(order)) found[`${id}_orderby`] = order(view);
  if (!plain((one) => one.visible)) found[`${id}_props`] = view.visible.join(",");
  if (!plain((one) => one.limit)) found[`${id}_limit`] = String(view.limit);
  if (view.offset) found[`${id}_offset`] = String(view.offset);
  return found;
}

/** The page's address with a view in it; other parameters stay. */
export function addressOf(id, found) {
  const all = new URLSearchParams(location.search);
  for (const name of [...all.keys()]) if (name.startsWith(`${id}_`)) all.delete(name);
  for (const [name, value] of Object.entries(found)) all.set(name, value);
  const text = all.toString();
  return location.pathname + (text ? `?${text}` : "");
}

/** The order as the server takes it. */
export const order = (view) => view.order.map(({ id, desc }) => (desc ? "~" : "") + id).join(",");

const words = (text) => text.split(",").map((word) => word.trim()).filter(Boolean);
const number = (text) => (/^\d{1,9}$/.test(text ?? "") ? Number(text) : 0);
