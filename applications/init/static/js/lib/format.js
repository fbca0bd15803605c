/** Numbers, sizes and dates as people read them. */

const UNITS = ["bytes", "kB", "MB", "GB", "TB", "PB"];
const STEPS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const NUMBER = new Intl.NumberFormat("en");

/** 1234567 as "1,234,567". */
export const number = (value) => NUMBER.format(value);

/** Bytes as "12.3 MB", in powers of 1000. */
export function size(bytes) {
  let value = Number(bytes);
  if (!Number.isFinite(value)) return "";
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit && value < 100 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

/** A date of the server, `YYYY-MM-DD HH:MM:SS` in its own zone, as a Date; null where it is none. */
export function date(text) {
  const found = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)$/.exec(text ?? "");
  if (!found) return null;
  const [year, month, day, hour, minute, second] = found.slice(1).map(Number);
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second) - offset() * 60_000);
}

/** "3 minutes ago"; now in milliseconds since the epoch. */
export function ago(text, now = Date.now()) {
  const moment = date(text);
  if (!moment) return "";
  const seconds = Math.round((moment.getTime() - now) / 1000);
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return RELATIVE.format(Math.trunc(seconds / length), unit);
  }
  return seconds > -10 && seconds < 10 ? "just now" : RELATIVE.format(seconds, "second");
}

/** `sha256:0123456789ab…` as its first twelve digits. */
export const shortDigest = (digest) => String(digest).replace(/^sha256:/, "").slice(0, 12);

/** What an image is built for: `linux/arm64/v8`. */
export const platform = (one) => [one.os, one.architecture, one.variant].filter(Boolean).join("/");

/** How many minutes the server's clock is east of Greenwich; the page says it. */
function offset() {
  return Number(document.body.dataset.offset ?? 0);
}
