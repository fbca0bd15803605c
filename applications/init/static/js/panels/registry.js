export function open(id, body) { body.append(id); return { title: "…", close() {} }; }
