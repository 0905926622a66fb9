// Texts with Telegram's entities, whose offsets count UTF-16 units, as JavaScript does.

import { formatDateTime, h } from "./dom.js";
import { t } from "./translations.js";

const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};

/** A link to a person: Telegram opens their profile, the page their chat. main.js listens. */
function personLink(id, label) {
  const open = (event) => event.currentTarget.dispatchEvent(new CustomEvent("open-person", { bubbles: true, detail: id }));
  return h("button", { type: "button", class: "inline-link", title: t("Open this person's chat"), onclick: open }, label);
}

const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);

function safeLink(url, label) {
  const person = /^tg:\/\/user\?id=(\d{1,19})$/i.exec(url);
  if (person) return personLink(Number(person[1]), label);
  const full = /^[a-z][a-z0-9+.-]*:/i.test(url) ? url : `http://${url}`;
  if (!/^(https?|tg|mailto|tel):/i.test(full)) return h("span", {}, label);
  return h("a", { href: full, target: "_blank", rel: "noopener noreferrer nofollow" }, label);
}

function entityElement(entity, inner, text, onCommand) {
  const raw = text.slice(entity.offset, entity.offset + entity.length);
  switch (entity.type) {
    case "text_link": return safeLink(entity.url, inner);
    case "url": return safeLink(raw, inner);
    case "email": return safeLink(`mailto:${raw}`, inner);
    case "phone_number": return safeLink(`tel:${raw.replace(/[^+\d]/g, "")}`, inner);
    case "bot_command": return h("button", { type: "button", class: "inline-link", onclick: () => onCommand(raw) }, inner);
    case "text_mention": return personLink(entity.user.id, inner);
    case "mention": case "hashtag": case "cashtag": return h("span", { class: "mention" }, inner);
    case "spoiler": {
      const spoiler = h("button", { type: "button", class: "spoiler", "aria-label": t("Show hidden text") }, inner);
      spoiler.addEventListener("click", () => spoiler.replaceWith(h("span", {}, ...spoiler.childNodes)));
      return spoiler;
    }
    case "date_time": {
      const iso = new Date(entity.unix_time * 1000).toISOString();
      return h("time", { datetime: iso, title: t("Here: {}", formatDateTime(entity.unix_time)) }, inner);
    }
    default: return h(TAGS[entity.type] || "span", {}, inner);
  }
}

function buildNodes(text, entities, from, to, onCommand) {
  const nodes = [];
  let at = from;
  for (let index = 0; index < entities.length; index += 1) {
    const entity = entities[index];
    const start = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    if (end <= start) continue;
    if (start > at) nodes.push(document.createTextNode(text.slice(at, start)));
    const within = entities.slice(index + 1).filter((other) => other.offset < end && other.offset >= start);
    nodes.push(entityElement(entity, buildNodes(text, within, start, end, onCommand), text, onCommand));
    // a block ends its line by itself
    at = end < to && BLOCKS.has(entity.type) && text[end] === "\n" ? end + 1 : end;
  }
  if (at < to) nodes.push(document.createTextNode(text.slice(at, to)));
  return nodes;
}

/** Returns the nodes of a text with its entities. The text of a pressed command is passed to onCommand. */
export function formattedText(text, entities = [], onCommand = () => {}) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return buildNodes(text, sorted, 0, text.length, onCommand);
}
