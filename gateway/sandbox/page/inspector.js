// The inspector: every call of a bot and every delivery to it, the newest first.

import { h } from "./dom.js";
import { locale, t } from "./words.js";

const SHOWN = 150;
const KIND = { call: "→", delivery: "←", "webhook answer": "↩" };
const TITLE = { call: "the bot calls", delivery: "an update is delivered", "webhook answer": "a method in the webhook's answer" };

function short(call) {
  if (!call.ok) return String(call.result ?? "");
  const params = call.params || {};
  const body = call.kind === "delivery" ? Object.values(params).find((value) => value && typeof value === "object") || {} : params;
  return String(body.text || body.caption || body.data || body.action || body.url || "");
}

const json = (value) => JSON.stringify(value, null, 2) ?? "";

function details(call) {
  return h("div", { class: "call-body" },
    h("h3", { text: t(call.kind === "delivery" ? "Update" : "Parameters") }), h("pre", { tabindex: "0", text: json(call.params) }),
    h("h3", { text: t("Result") }), h("pre", { tabindex: "0", text: json(call.result) }));
}

export class Inspector {
  constructor(list) {
    this.list = list;
    this.calls = [];
    this.only = null;
  }

  fill(calls, bot) {
    this.calls = calls.slice(-500);
    this.show(bot);
  }

  show(bot) {
    this.only = bot;
    const wanted = this.calls.filter((call) => !bot || call.bot === bot).slice(-SHOWN);
    this.list.replaceChildren(...wanted.reverse().map((call) => this.item(call)));
  }

  add(call) {
    if (this.calls.some((known) => known.n === call.n)) return;
    this.calls.push(call);
    if (this.calls.length > 500) this.calls.shift();
    if (this.only && call.bot !== this.only) return;
    this.list.prepend(this.item(call));
    while (this.list.children.length > SHOWN) this.list.lastElementChild.remove();
  }

  clear() {
    this.calls = [];
    this.list.replaceChildren();
  }

  item(call) {
    const time = new Date(call.at * 1000).toLocaleTimeString(locale, { hour12: false });
    const box = h("details", { class: `call ${call.ok ? "ok" : "bad"}` }, h("summary", {},
      h("span", { class: "way", title: t(TITLE[call.kind] || ""), text: KIND[call.kind] || "→" }),
      h("span", { class: "method", text: call.method }),
      h("span", { class: "verdict", text: t(call.ok ? "ok" : "refused") }),
      h("span", { class: "ms", text: `${call.ms < 10 ? call.ms.toFixed(1) : Math.round(call.ms)} ${t("ms")}` }),
      h("time", { text: time }),
      h("span", { class: "short", text: short(call) })));
    box.addEventListener("toggle", () => { if (box.open && box.children.length === 1) box.append(details(call)); });
    return h("li", {}, box);
  }
}
