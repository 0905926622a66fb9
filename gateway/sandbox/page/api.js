// The control API: requests, and the stream of events.

import { h } from "./dom.js";
import { t, translateError } from "./translations.js";

let noticeTimer;

/** Shows a sentence at the bottom of the page for a few seconds. */
export function showNotice(sentence) {
  const box = document.getElementById("notice");
  box.replaceChildren(h("p", { text: sentence }));
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => box.replaceChildren(), 5000);
}

async function readAnswer(response) {
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  const sentence = translateError(body.error || body.detail || "") || t("The sandbox answered {}.", response.status);
  showNotice(sentence);
  throw new Error(sentence);
}

async function request(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (problem) {
    showNotice(t("The sandbox cannot be reached."));
    throw problem;
  }
  return readAnswer(response);
}

export const getJson = (path) => request(path, { cache: "no-store" });

export const postJson = (path, body) =>
  request(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export function uploadFile(bot, person, file, caption) {
  const form = new FormData();
  form.set("file", file);
  if (caption) form.set("caption", caption);
  return request(`/sandbox/upload/${encodeURIComponent(bot)}/${person}`, { method: "POST", body: form });
}

const EVENTS = ["message", "chat", "press", "answer", "action", "call", "bots", "clock"];

/** Calls handler(event, data) for each event, and onOpen() whenever the stream opens: events may have been missed. */
export function listenToEvents(handler, onOpen) {
  const source = new EventSource("/sandbox/events");
  source.addEventListener("hello", onOpen);
  for (const name of EVENTS) source.addEventListener(name, (event) => handler(name, JSON.parse(event.data)));
}
