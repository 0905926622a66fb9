// The page: which business, which people, the tools, and events on their way to the chats.

import { personBox, skipBox } from "./boxes.js";
import { ChatPanel } from "./chat.js";
import { dateTime, h, hue, icon, span } from "./dom.js";
import { Inspector } from "./inspector.js";
import { ask, listen, notify, order } from "./net.js";
import { other, t, translate } from "./words.js";

const $ = (id) => document.getElementById(id);
const inspector = new Inspector($("calls"));
const page = { bots: [], slug: null, panels: new Map(), extra: new Set(), status: {}, shift: 0, offset: 0 };

const remembered = (name) => { try { return localStorage.getItem(`sandbox.${name}`); } catch { return null; } };
const remember = (name, value) => { try { localStorage.setItem(`sandbox.${name}`, value); } catch { /* private window */ } };
const current = () => page.bots.find((bot) => bot.slug === page.slug);

// --- who is shown -------------------------------------------------------------------------------------------------

function shownPeople(bot) {
  const known = bot.people.filter((person) => person.role !== "guest");
  const extra = bot.people.filter((person) => page.extra.has(`${bot.slug}/${person.id}`));
  return [...(known.length ? known : bot.people.slice(0, 3)), ...extra];
}

async function choose(slug) {
  page.slug = slug;
  remember("bot", slug);
  drawBots();
  const bot = current();
  document.documentElement.style.setProperty("--tint", hue(bot.name));
  page.panels.clear();
  $("panels").replaceChildren();
  $("tabs").replaceChildren();
  const panels = shownPeople(bot).map((person) => addPanel(bot, person));
  inspector.show($("only-bot").checked ? slug : null);
  await Promise.all(panels.map((panel) => panel.load()));
}

function addPanel(bot, person) {
  const guest = page.extra.has(`${bot.slug}/${person.id}`);
  const panel = new ChatPanel(bot, person, { onClose: guest ? () => removePanel(panel, tab) : undefined });
  const tab = h("button", { type: "button", "data-person": person.id, onclick: () => panel.element.scrollIntoView({ behavior: "smooth", inline: "start", block: "nearest" }) }, person.first_name, h("small", { text: t(person.role) }));
  page.panels.set(panel.key(), panel);
  $("panels").append(panel.element);
  $("tabs").append(tab);
  watcher.observe(panel.element);
  return panel;
}

function removePanel(panel, tab) {
  page.extra.delete(panel.key());
  page.panels.delete(panel.key());
  panel.element.remove();
  tab.remove();
}

const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const tab = $("tabs").querySelector(`[data-person="${entry.target.id.slice(5)}"]`);
    tab?.setAttribute("aria-current", String(entry.isIntersecting));
  }
}, { root: $("panels"), threshold: 0.6 });

function drawBots() {
  const nav = $("bots");
  if (page.bots.length > 5) {
    const list = h("select", { "aria-label": t("Business"), onchange: (event) => choose(event.target.value) }, page.bots.map((bot) => h("option", { value: bot.slug, selected: bot.slug === page.slug, text: bot.name })));
    nav.replaceChildren(list);
    return;
  }
  nav.replaceChildren(...page.bots.map((bot) => {
    const badge = h("span", { class: "avatar tiny", "aria-hidden": "true", text: [...bot.name][0] });
    badge.style.setProperty("--hue", hue(bot.name));
    return h("button", { type: "button", "aria-pressed": String(bot.slug === page.slug), onclick: () => choose(bot.slug) }, badge, h("span", { class: "bot-name", text: bot.name }));
  }));
}

// --- state --------------------------------------------------------------------------------------------------------

async function refresh() {
  const state = await ask("/sandbox/state");
  page.bots = state.bots;
  page.status = state.status;
  setClock(state.now, state.shift);
  drawBots();
  drawStatus();
  if (!current() && page.bots.length) {
    const saved = remembered("bot");
    await choose(page.bots.some((bot) => bot.slug === saved) ? saved : page.bots[0].slug);
  }
  if (!page.bots.length) $("panels").replaceChildren(h("p", { class: "empty", text: t("No bot yet: the first one appears here by itself.") }));
}

function drawStatus() {
  const bot = current();
  const gateway = page.status.gateway || "starting";
  let [state, text] = { ready: ["ready", "bot ready"], down: ["down", "bot down"] }[gateway] || ["starting", "bot starting…"];
  if (gateway === "ready" && bot?.last_error && bot.pending) [state, text] = ["starting", "bot not answering"];
  if (bot?.outage) [state, text] = ["down", "Telegram is out"];
  $("status").dataset.state = state;
  if ($("status-text").textContent !== t(text)) $("status-text").textContent = t(text);
  $("outage").setAttribute("aria-pressed", String(Boolean(bot?.outage)));
  const flooded = bot?.flood_s > 0;
  $("flood").setAttribute("aria-pressed", String(flooded));
  $("flood").textContent = flooded ? t("Flood {} s", Math.ceil(bot.flood_s)) : t("Flood");
  document.body.classList.toggle("starting", state === "starting");
}

function setClock(now, shift) {
  page.offset = now - Date.now() / 1000;
  page.shift = shift;
  tick();
}

function tick() {
  $("clock-time").textContent = dateTime(Date.now() / 1000 + page.offset);
  $("clock-shift").textContent = Math.abs(page.shift) >= 1 ? `${page.shift < 0 ? "−" : "+"}${span(page.shift)}` : "";
}

// --- events -------------------------------------------------------------------------------------------------------

/** Bots change in bursts (a starting gateway sets commands in every language): one look at the end of it is enough. */
function soon() {
  clearTimeout(page.looking);
  page.looking = setTimeout(() => refresh().then(() => page.panels.forEach((panel) => panel.refresh())).catch(() => {}), 120);
}

const panelOf = (data) => page.panels.get(`${data.bot}/${data.person}`);

function onEvent(name, data) {
  if (name === "call") inspector.add(data);
  else if (name === "bots") soon();
  else if (name === "clock") setClock(data.now, data.shift);
  else if (name === "message") panelOf(data)?.arrived(data.message);
  else if (name === "chat") panelOf(data)?.refresh();
  else if (name === "press") panelOf(data)?.spin(data.message_id, data.data);
  else if (name === "answer") panelOf(data)?.answered(data);
  else if (name === "action") panelOf(data)?.acting(data.action);
}

async function onOpen() {
  await refresh();
  const { calls } = await ask("/sandbox/calls");
  inspector.fill(calls, $("only-bot").checked ? page.slug : null);
  await Promise.all([...page.panels.values()].map((panel) => panel.load()));
}

// --- tools --------------------------------------------------------------------------------------------------------

const skip = (seconds) => order("/sandbox/clock", { seconds }).then(() => notify(t("Skipped {}.", span(seconds))));

function inspectorShown(open) {
  $("inspector").hidden = !open;
  $("inspector-toggle").setAttribute("aria-expanded", String(open));
  document.body.classList.toggle("with-inspector", open);
  remember("inspector", open ? "1" : "0");
}

function setTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
}

function wire() {
  translate(document.body);
  const [code, name] = other;
  Object.assign($("language"), { textContent: code.toUpperCase(), title: name, lang: code, onclick: () => { remember("language", code); location.reload(); } });
  $("language").setAttribute("aria-label", name);
  $("theme").append(icon("sun"));
  $("inspector-close").append(icon("close"));
  setTheme(remembered("theme"));
  $("theme").addEventListener("click", () => {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const theme = (document.documentElement.dataset.theme || (dark ? "dark" : "light")) === "dark" ? "light" : "dark";
    setTheme(theme);
    remember("theme", theme);
  });
  for (const button of document.querySelectorAll("[data-skip]")) button.addEventListener("click", () => skip(Number(button.dataset.skip)));
  $("skip-custom").addEventListener("click", async () => { const seconds = await skipBox(); if (seconds) await skip(seconds); });
  $("flood").addEventListener("click", () => order("/sandbox/flood", { bot: page.slug, seconds: current()?.flood_s > 0 ? 0 : 10 }).then(refresh));
  $("outage").addEventListener("click", () => order("/sandbox/outage", { bot: page.slug, on: !current()?.outage }).then(refresh));
  $("restart").addEventListener("click", async () => { await order("/sandbox/restart", {}); notify(t("The gateway restarts.")); await refresh(); });
  $("add-person").addEventListener("click", addPerson);
  $("inspector-toggle").addEventListener("click", () => inspectorShown($("inspector").hidden));
  $("inspector-close").addEventListener("click", () => inspectorShown(false));
  $("clear-calls").addEventListener("click", () => inspector.clear());
  $("only-bot").addEventListener("change", () => inspector.show($("only-bot").checked ? page.slug : null));
  $("tools-toggle").addEventListener("click", () => {
    const open = $("tools").classList.toggle("open");
    $("tools-toggle").setAttribute("aria-expanded", String(open));
  });
  const wide = matchMedia("(min-width: 1180px)").matches;
  inspectorShown(wide && remembered("inspector") !== "0");
}

async function addPerson() {
  const bot = current();
  const data = bot && (await personBox(bot.language));
  if (!data) return;
  const person = await order("/sandbox/person", { bot: bot.slug, ...data });
  page.extra.add(`${bot.slug}/${person.id}`);
  await refresh();
  const panel = addPanel(bot, { ...person, role: "guest" });
  await panel.load();
  panel.element.scrollIntoView({ behavior: "smooth", inline: "end", block: "nearest" });
}

wire();
listen(onEvent, onOpen);
setInterval(tick, 1000);
setInterval(() => { if (page.status.gateway !== "ready" || current()?.flood_s > 0 || current()?.pending) refresh().catch(() => {}); }, 1000);
setInterval(() => refresh().catch(() => {}), 10_000);
