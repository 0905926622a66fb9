// The inspector: every call of a bot and every delivery to it, the newest first.

import { h } from "./dom.js";
import { locale, t } from "./translations.js";

const SHOWN = 150;
const KEPT = 500;
const ARROWS = { call: "→", delivery: "←", "webhook answer": "↩" };
const TITLES = { call: "the bot calls", delivery: "an update is delivered", "webhook answer": "a method in the webhook's answer" };

function summarize(call) {
  if (!call.ok) return String(call.result ?? "");
  const params = call.params || {};
  const body = call.kind === "delivery" ? Object.values(params).find((value) => value && typeof value === "object") || {} : params;
  return String(body.text || body.caption || body.data || body.action || body.url || "");
}

const json = (value) => JSON.stringify(value, null, 2) ?? "";

function callDetails(call) {
  return h("div", { class: "call-body" },
    h("h3", { text: t(call.kind === "delivery" ? "Update" : "Parameters") }), h("pre", { tabindex: "0", text: json(call.params) }),
    h("h3", { text: t("Result") }), h("pre", { tabindex: "0", text: json(call.result) }));
}

export class Inspector {
  constructor(list) {
    this.list = list;
    this.calls = [];
    this.shownBot = null;
  }

  setCalls(calls, bot) {
    this.calls = calls.slice(-KEPT);
    this.showBot(bot);
  }

  showBot(bot) {
    this.shownBot = bot;
    const shown = this.calls.filter((call) => !bot || call.bot === bot).slice(-SHOWN);
    this.list.replaceChildren(...shown.reverse().map((call) => this.callItem(call)));
  }

  addCall(call) {
    if (this.calls.some((known) => known.n === call.n)) return;
    this.calls.push(call);
    if (this.calls.length > KEPT) this.calls.shift();
    if (this.shownBot && call.bot !== this.shownBot) return;
    this.list.prepend(this.callItem(call));
    while (this.list.children.length > SHOWN) this.list.lastElementChild.remove();
  }

  clear() {
    this.calls = [];
    this.list.replaceChildren();
  }

  callItem(call) {
    const time = new Date(call.at * 1000).toLocaleTimeString(locale, { hour12: false });
    const item = h("details", { class: `call ${call.ok ? "ok" : "bad"}` }, h("summary", {},
      h("span", { class: "way", title: t(TITLES[call.kind] || ""), text: ARROWS[call.kind] || "→" }),
      h("span", { class: "method", text: call.method }),
      h("span", { class: "verdict", text: t(call.ok ? "ok" : "refused") }),
      h("span", { class: "ms", text: `${call.ms < 10 ? call.ms.toFixed(1) : Math.round(call.ms)} ${t("ms")}` }),
      h("time", { text: time }),
      h("span", { class: "short", text: summarize(call) })));
    item.addEventListener("toggle", () => { if (item.open && item.children.length === 1) item.append(callDetails(call)); });
    return h("li", {}, item);
  }
}
