// The dialogs: alert, question, deep link, skipping time, a new person, a picture.

import { h } from "./dom.js";
import { showNotice } from "./api.js";
import { t } from "./translations.js";

const getDialog = () => document.getElementById("dialog");

/** Opens the dialog with a form. Resolves with the form's data, or with null when it was closed. */
function openDialog(title, content, { yes = t("OK"), no = t("Cancel") } = {}) {
  const dialog = getDialog();
  return new Promise((resolve) => {
    let result = null;
    const form = h(
      "form", { method: "dialog", onsubmit: () => { result = new FormData(form); } },
      h("h2", { id: "dialog-title", text: title }), content,
      h("div", { class: "dialog-buttons" }, no && h("button", { type: "button", class: "ghost", onclick: () => dialog.close(), text: no }), h("button", { type: "submit", class: "primary", text: yes })),
    );
    dialog.className = "dialog";
    dialog.replaceChildren(form);
    dialog.addEventListener("close", () => resolve(result), { once: true });
    dialog.showModal();
    form.querySelector("input, select, .primary")?.focus();
  });
}

const field = (label, attributes) => h("label", { class: "field" }, h("span", { text: t(label) }), h("input", { autocomplete: "off", ...attributes }));

export const showAlert = (title, text) => openDialog(title, h("p", { text }), { no: null });

export const askConfirmation = async (title, text, yes) => (await openDialog(title, h("p", { text }), { yes })) !== null;

/** Asks for the payload of a deep link, or a whole link. Resolves with "" for none, null when closed. */
export async function askStartPayload(username) {
  const data = await openDialog(t("Start with a deep link"), [
    h("p", { class: "muted", text: `https://t.me/${username}?start=` }),
    field("Payload", { name: "payload", maxlength: "200", placeholder: "s_1" }),
  ], { yes: t("Start") });
  if (!data) return null;
  const payload = String(data.get("payload")).trim().replace(/^.*[?&]start=/, "");
  if (/^[A-Za-z0-9_-]{0,64}$/.test(payload)) return payload;
  showNotice(t("A payload has at most 64 letters, digits, _ and -."));
  return null;
}

/** Asks how far to skip the clock. Resolves with seconds, or null. */
export async function askSecondsToSkip() {
  const data = await openDialog(t("Skip the clock"), h("div", { class: "fields" },
    field("Days", { name: "d", type: "number", min: "0", max: "400", value: "0" }),
    field("Hours", { name: "h", type: "number", min: "0", max: "999", value: "0" }),
    field("Minutes", { name: "m", type: "number", min: "0", max: "999", value: "30" })), { yes: t("Skip") });
  if (!data) return null;
  return Number(data.get("d")) * 86400 + Number(data.get("h")) * 3600 + Number(data.get("m")) * 60;
}

/** Asks for a new person. Resolves with {first_name, last_name, language}, or null. */
export async function askPerson(language) {
  const data = await openDialog(t("Add a person"), h("div", { class: "fields" },
    field("First name", { name: "first_name", required: true, maxlength: "64" }),
    field("Last name", { name: "last_name", maxlength: "64" }),
    field("Language", { name: "language", maxlength: "2", pattern: "[a-z]{2}", value: language })), { yes: t("Add") });
  return data && Object.fromEntries(data.entries());
}

/** Asks for a new business. Resolves with {name}, or null. */
export async function askBusiness() {
  const data = await openDialog(t("Add a business"), h("div", { class: "fields" },
    h("p", { class: "muted", text: t("It begins empty: its admin sets it up in the bot. Without a name the bot asks for one.") }),
    field("Name", { name: "name", maxlength: "64" })), { yes: t("Add") });
  return data && Object.fromEntries(data.entries());
}

/** Asks for a group to add the bot to. Resolves with {title}, or null. */
export async function askGroup() {
  const data = await openDialog(t("Add the bot to a group"), h("div", { class: "fields" }, field("Title", { name: "title", required: true, maxlength: "128" })), { yes: t("Add") });
  return data && Object.fromEntries(data.entries());
}

export function showPhoto(url, alt) {
  const dialog = getDialog();
  dialog.className = "dialog picture";
  dialog.replaceChildren(h("h2", { id: "dialog-title", class: "sr", text: alt }), h("button", { type: "button", class: "bare", "aria-label": t("Close the picture"), onclick: () => dialog.close() }, h("img", { src: url, alt })));
  dialog.showModal();
}

export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    showNotice(t("Copied: {}", text));
  } catch {
    showNotice(t("To copy: {}", text));
  }
}
