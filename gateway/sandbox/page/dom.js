// Helpers: elements, icons, times, sizes. Texts are always set as text, never as HTML.

import { locale, t } from "./translations.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * Returns an element: h("button", {class: "x", onclick: f, "aria-label": "…"}, child, …). Falsy children are left out.
 * A button's tooltip is its label, unless it has another one.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "text") element.textContent = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  if (tag === "button" && !element.title && element.ariaLabel) element.title = element.ariaLabel;
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child);
  }
  return element;
}

const PATHS = {
  send: "M3.400 20.400 21 12 3.400 3.600 3.400 10l12 2-12 2z",
  menu: "M4 7h16M4 12h16M4 17h10",
  clip: "m20 11-8.500 8.500a5 5 0 0 1-7-7L13 4a3.300 3.300 0 0 1 4.700 4.700l-8.400 8.400a1.600 1.600 0 0 1-2.300-2.300L14.500 7",
  file: "M7 3h7l5 5v13H7zM14 3v5h5",
  more: "M12 5.500v.01M12 12v.01M12 18.500v.01",
  link: "M8 16 17 7M10 7h7v7",
  copy: "M9 9h10v11H9zM5 15V4h10",
  phone: "M6 3h4l1.500 5-2.500 1.500a11 11 0 0 0 5.500 5.500L16 12.500l5 1.500v4a3 3 0 0 1-3 3A15 15 0 0 1 3 6a3 3 0 0 1 3-3z",
  pin: "M12 21s7-6.200 7-11.500a7 7 0 0 0-14 0C5 14.800 12 21 12 21zM12 12a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  block: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM5.800 5.800l12.400 12.400",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2.500M12 19.500V22M2 12h2.500M19.500 12H22M5 5l1.700 1.700M17.300 17.300 19 19M19 5l-1.700 1.700M6.700 17.300 5 19",
  close: "M6 6l12 12M18 6 6 18",
  keys: "M4 6h16v12H4zM8 10v.01M12 10v.01M16 10v.01M8 14h8",
};

/** Returns a line icon. It is hidden from screen readers: the element around it has a label. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("glyph", `glyph-${name}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

export const formatTime = (seconds) =>
  new Date(seconds * 1000).toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" });

export const formatDate = (seconds) =>
  new Date(seconds * 1000).toLocaleDateString(locale, { weekday: "long", day: "numeric", month: "long" });

export const formatDateTime = (seconds) =>
  new Date(seconds * 1000).toLocaleString(locale, {
    weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit",
  });

/** Returns a duration in its two largest units: 5400 → "1 h 30 min". */
export function formatDuration(seconds) {
  const total = Math.round(Math.abs(seconds));
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const words = [];
  let left = total;
  for (const [size, word] of parts) {
    if (left >= size && words.length < 2) {
      words.push(`${Math.floor(left / size)} ${t(word)}`);
      left %= size;
    }
  }
  return words.join(" ") || `0 ${t("s")}`;
}

export function formatSize(bytes) {
  if (bytes < 1024) return `${bytes} ${t("B")}`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} ${t("KB")}`;
  return `${(bytes / 1024 / 1024).toFixed(1)} ${t("MB")}`;
}

/** Returns the hue of an avatar, 0 to 359, always the same for the same text. */
export function avatarHue(text) {
  let sum = 7;
  for (const char of text) sum = (sum * 31 + char.codePointAt(0)) % 360;
  return sum;
}

export const initials = (person) =>
  [person.first_name, person.last_name].filter(Boolean).map((name) => [...name][0]).join("").toUpperCase();

/** Moves the focus in a list of buttons by arrow keys, Home and End; Escape calls `leave`. */
export function moveFocus(event, list, leave) {
  const items = [...list.children];
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: (at + 1) % items.length, ArrowUp: (at - 1 + items.length) % items.length, Home: 0, End: items.length - 1 }[event.key];
  if (to === undefined && event.key !== "Escape") return;
  event.preventDefault();
  if (event.key === "Escape") leave();
  else items[to].focus();
}
