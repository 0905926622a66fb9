// A message as a bubble: text, pictures, files, contacts, places, marks, inline keyboard.

import { formatTime, formatSize, h, avatarHue, icon } from "./dom.js";
import { formattedText } from "./richtext.js";
import { t } from "./translations.js";

const fileUrl = (bot, id) => `/sandbox/files/${encodeURIComponent(bot)}/${encodeURIComponent(id)}`;

function photoButton(message, context) {
  const size = message.photo[message.photo.length - 1];
  const url = fileUrl(context.bot, size.file_id);
  const image = h("img", {
    src: url, width: size.width || 320, height: size.height || 200, alt: message.caption || t("Picture"), loading: "lazy",
  });
  return h("button", { type: "button", class: "photo", "aria-label": t("Open the picture"), onclick: () => context.onPhoto(url, image.alt) }, image);
}

function card(glyph, title, detail, href, download) {
  const inside = [
    h("span", { class: "card-icon" }, icon(glyph)),
    h("span", { class: "card-text" }, h("strong", { text: title }), h("span", { text: detail })),
  ];
  return href ? h("a", { class: "card", href, download }, inside) : h("div", { class: "card" }, inside);
}

/** Returns the parts of a bubble. The marks are on the last line of the text, or below a message without text. */
function bubbleParts(message, context, marks) {
  const parts = [];
  if (message.photo) parts.push(photoButton(message, context));
  if (message.document) {
    const file = message.document;
    parts.push(card("file", file.file_name || t("File"), formatSize(file.file_size || 0), fileUrl(context.bot, file.file_id), file.file_name || "file"));
  }
  if (message.contact) {
    const name = [message.contact.first_name, message.contact.last_name].filter(Boolean).join(" ");
    parts.push(card("phone", name, `+${message.contact.phone_number.replace(/^\+/, "")}`));
  }
  if (message.venue) parts.push(card("pin", message.venue.title, message.venue.address));
  else if (message.location) parts.push(card("pin", t("Location"), `${message.location.latitude.toFixed(5)}, ${message.location.longitude.toFixed(5)}`));
  for (const [kind, label] of [["sticker", "Sticker"], ["voice", "Voice message"], ["video", "Video"], ["audio", "Audio"]]) {
    if (message[kind]) parts.push(h("p", { class: "text muted" }, message[kind].emoji || t(label)));
  }
  for (const [kind, words] of [["new_chat_members", "added the bot"], ["left_chat_member", "removed the bot"]]) {
    if (message[kind]) parts.push(h("p", { class: "text muted", text: t(words) }));
  }
  const text = message.text ?? message.caption;
  if (text) {
    const entities = message.text !== undefined ? message.entities : message.caption_entities;
    parts.push(h("div", { class: "text" }, formattedText(text, entities, context.onCommand), marks));
  } else parts.push(marks);
  return parts;
}

function inlineButton(button, message, context) {
  const style = button.style ? ` ${button.style}` : "";
  const attributes = { title: button.text, type: "button", class: `key${style}`, "data-message": message.message_id };
  let mark = null;
  if (button.callback_data !== undefined) {
    attributes["data-data"] = button.callback_data;
    attributes.onclick = () => context.onPress(message, button);
  } else if (button.url) {
    mark = icon("link");
    attributes.onclick = () => context.onLink(button.url);
  } else if (button.copy_text) {
    mark = icon("copy");
    attributes.onclick = () => context.onCopy(button.copy_text.text);
  } else if (button.web_app) {
    mark = icon("link");
    attributes.onclick = () => context.onLink(button.web_app.url);
  } else attributes.disabled = true;
  return h("button", attributes, h("span", { class: "label", text: button.text }), mark, h("span", { class: "spin", "aria-hidden": "true" }));
}

function inlineKeyboard(message, context) {
  const rows = message.reply_markup?.inline_keyboard;
  if (!rows) return null;
  return h(
    "div", { class: "keys", role: "group", "aria-label": t("Buttons of the message") },
    rows.map((row) => h("div", { class: `key-row n${Math.min(row.length, 8)}` }, row.map((button) => inlineButton(button, message, context)))),
  );
}

function previewText(message) {
  const text = message.text || message.caption || (message.photo ? t("Picture") : message.document?.file_name) || t("Message");
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** Returns the list item of a message. `context`: {bot, onPress, onLink, onCopy, onCommand, onPhoto}. */
export function messageItem(message, context) {
  const side = message.out ? "them" : "me";
  if (message.deleted) {
    return h(
      "li", { class: `message deleted ${side}`, "data-id": message.message_id },
      h("p", { class: "gone", title: previewText(message) }, h("span", { text: t("deleted") }), ` ${previewText(message)}`),
    );
  }
  const marks = h(
    "span", { class: "marks" },
    message.pinned && h("span", { class: "mark", text: t("pinned") }),
    message.edit_date && h("span", { class: "mark", text: t("edited") }),
    h("time", { datetime: new Date(message.date * 1000).toISOString(), text: formatTime(message.date) }),
  );
  const quote = message.reply_to_message && h("p", { class: "quote", text: previewText(message.reply_to_message) });
  const author = message.chat.type !== "private" && !message.out && h("p", { class: "author", text: message.from.first_name });
  const bare = message.photo && !message.caption ? " bare" : "";
  return h(
    "li", { class: `message ${side}`, "data-id": message.message_id },
    h("span", { class: "sr", text: t(message.out ? "Bot: " : "You: ") }),
    h("div", { class: `bubble${bare}` }, author, quote, bubbleParts(message, context, marks)),
    inlineKeyboard(message, context),
  );
}

/** Returns what a chat shows before its first message. */
export function welcomeItem(bot) {
  const badge = h("span", { class: "avatar large", "aria-hidden": "true", text: [...bot.name][0] });
  badge.style.setProperty("--hue", avatarHue(bot.name));
  return h("li", { class: "welcome" }, badge, h("strong", { text: bot.name }), h("p", { text: bot.description || t("Press START to write to the bot.") }));
}
