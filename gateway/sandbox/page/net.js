// Talking to the sandbox: orders, questions, and the stream of events.

import { h } from "./dom.js";
import { t, told } from "./words.js";

let hideNotice;

/** One sentence at the bottom of the page for a few seconds. */
export function notify(sentence) {
  const box = document.getElementById("notice");
  box.replaceChildren(h("p", { text: sentence }));
  clearTimeout(hideNotice);
  hideNotice = setTimeout(() => box.replaceChildren(), 5000);
}

async function answer(response) {
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  const sentence = told(body.error || body.detail || "") || t("The sandbox answered {}.", response.status);
  notify(sentence);
  throw new Error(sentence);
}

async function request(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (problem) {
    notify(t("The sandbox cannot be reached."));
    throw problem;
  }
  return answer(response);
}

export const ask = (path) => request(path, { cache: "no-store" });

export const order = (path, body) =>
  request(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export function upload(bot, person, file, caption) {
  const form = new FormData();
  form.set("file", file);
  if (caption) form.set("caption", caption);
  return request(`/sandbox/upload/${encodeURIComponent(bot)}/${person}`, { method: "POST", body: form });
}

const EVENTS = ["message", "chat", "press", "answer", "action", "call", "bots", "clock"];

/** Calls handler(event, data) for each event; `again` whenever the stream (re)opens, to ask for everything anew. */
export function listen(handler, again) {
  const source = new EventSource("/sandbox/events");
  source.addEventListener("hello", again);
  for (const name of EVENTS) source.addEventListener(name, (event) => handler(name, JSON.parse(event.data)));
}
