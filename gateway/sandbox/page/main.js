// The page: the chosen business, its people, the tools, and how events reach the chats.

import { askBusiness, askGroup, askPerson, askSecondsToSkip } from "./dialogs.js";
import { ChatPanel } from "./chat.js";
import { GroupPanel } from "./group.js";
import { formatDateTime, h, avatarHue, icon, formatDuration } from "./dom.js";
import { Inspector } from "./inspector.js";
import { getJson, listenToEvents, showNotice, postJson } from "./api.js";
import { otherLanguage, t, translate } from "./translations.js";

const $ = (id) => document.getElementById(id);
const inspector = new Inspector($("calls"));
const page = { bots: [], slug: null, panels: new Map(), extra: new Set(), status: {}, shift: 0, offset: 0 };

const readPreference = (name) => { try { return localStorage.getItem(`sandbox.${name}`); } catch { return null; } };
const savePreference = (name, value) => { try { localStorage.setItem(`sandbox.${name}`, value); } catch { /* private window */ } };
const currentBot = () => page.bots.find((bot) => bot.slug === page.slug);

// --- who is shown -------------------------------------------------------------------------------------------------

function shownPeople(bot) {
  const known = bot.people.filter((person) => person.role !== "guest");
  const extra = bot.people.filter((person) => page.extra.has(`${bot.slug}/${person.id}`));
  return [...(known.length ? known : bot.people.slice(0, 3)), ...extra, ...bot.groups.map((group) => ({ ...group, first_name: group.title, role: "group" }))];
}

async function chooseBot(slug) {
  page.slug = slug;
  savePreference("bot", slug);
  drawBots();
  const bot = currentBot();
  document.documentElement.style.setProperty("--tint", avatarHue(bot.name));
  page.panels.clear();
  $("panels").replaceChildren();
  $("tabs").replaceChildren();
  const panels = shownPeople(bot).map((person) => addPanel(bot, person));
  inspector.showBot($("only-bot").checked ? slug : null);
  await Promise.all(panels.map((panel) => panel.load()));
}

function addPanel(bot, person) {
  const guest = page.extra.has(`${bot.slug}/${person.id}`);
  const Panel = person.role === "group" ? GroupPanel : ChatPanel;
  const panel = new Panel(bot, person, { onClose: guest ? () => removePanel(panel, tab) : undefined });
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
    const list = h("select", { "aria-label": t("Business"), onchange: (event) => chooseBot(event.target.value) }, page.bots.map((bot) => h("option", { value: bot.slug, selected: bot.slug === page.slug, text: bot.name })));
    nav.replaceChildren(list);
    return;
  }
  nav.replaceChildren(...page.bots.map((bot) => {
    const badge = h("span", { class: "avatar tiny", "aria-hidden": "true", text: [...bot.name][0] });
    badge.style.setProperty("--hue", avatarHue(bot.name));
    return h("button", { type: "button", "aria-pressed": String(bot.slug === page.slug), onclick: () => chooseBot(bot.slug) }, badge, h("span", { class: "bot-name", text: bot.name }));
  }));
}

// --- state --------------------------------------------------------------------------------------------------------

async function refresh() {
  const state = await getJson("/sandbox/state");
  page.bots = state.bots;
  page.status = state.status;
  setClock(state.now, state.shift);
  drawBots();
  drawStatus();
  if (!currentBot() && page.bots.length) {
    const saved = readPreference("bot");
    await chooseBot(page.bots.some((bot) => bot.slug === saved) ? saved : page.bots[0].slug);
  }
  if (!page.bots.length) $("panels").replaceChildren(h("p", { class: "empty", text: t("No bot yet: the first one appears here by itself.") }));
}

function drawStatus() {
  const bot = currentBot();
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
  $("clock-time").textContent = formatDateTime(Date.now() / 1000 + page.offset);
  $("clock-shift").textContent = Math.abs(page.shift) >= 1 ? `${page.shift < 0 ? "−" : "+"}${formatDuration(page.shift)}` : "";
}

// --- events -------------------------------------------------------------------------------------------------------

/** Refreshes once after a burst of changes: a starting gateway sets commands in every language. */
function refreshSoon() {
  clearTimeout(page.refreshTimer);
  page.refreshTimer = setTimeout(() => refresh().then(() => page.panels.forEach((panel) => panel.refresh())).catch(() => {}), 120);
}

const findPanel = (data) => page.panels.get(`${data.bot}/${data.person}`);

function onEvent(name, data) {
  if (name === "call") inspector.addCall(data);
  else if (name === "bots") refreshSoon();
  else if (name === "clock") setClock(data.now, data.shift);
  else if (name === "message") findPanel(data)?.receive(data.message);
  else if (name === "chat") findPanel(data)?.refresh();
  else if (name === "press") findPanel(data)?.startSpinner(data.message_id, data.data);
  else if (name === "answer") findPanel(data)?.showAnswer(data);
  else if (name === "action") findPanel(data)?.showAction(data.action);
}

async function loadEverything() {
  await refresh();
  const { calls } = await getJson("/sandbox/calls");
  inspector.setCalls(calls, $("only-bot").checked ? page.slug : null);
  await Promise.all([...page.panels.values()].map((panel) => panel.load()));
}

// --- tools --------------------------------------------------------------------------------------------------------

/** Moves the clock by seconds; without them to the next reminder. */
async function skipClock(seconds) {
  const moved = await postJson("/sandbox/clock", { seconds });
  showNotice(moved.seconds === null ? t("No reminder is ahead.") : t("Skipped {}.", formatDuration(moved.seconds)));
}

function showInspector(open) {
  $("inspector").hidden = !open;
  $("inspector-toggle").setAttribute("aria-expanded", String(open));
  document.body.classList.toggle("with-inspector", open);
  savePreference("inspector", open ? "1" : "0");
}

function setTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
}

function initialise() {
  translate(document.body);
  const [code, name] = otherLanguage;
  Object.assign($("language"), { textContent: code.toUpperCase(), title: name, lang: code, onclick: () => { savePreference("language", code); location.reload(); } });
  $("language").setAttribute("aria-label", name);
  $("theme").append(icon("sun"));
  $("inspector-close").append(icon("close"));
  setTheme(readPreference("theme"));
  $("theme").addEventListener("click", () => {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const theme = (document.documentElement.dataset.theme || (dark ? "dark" : "light")) === "dark" ? "light" : "dark";
    setTheme(theme);
    savePreference("theme", theme);
  });
  for (const button of document.querySelectorAll("[data-skip]")) button.addEventListener("click", () => skipClock(Number(button.dataset.skip)));
  $("skip-to-reminder").addEventListener("click", () => skipClock());
  $("skip-custom").addEventListener("click", async () => { const seconds = await askSecondsToSkip(); if (seconds) await skipClock(seconds); });
  $("flood").addEventListener("click", () => postJson("/sandbox/flood", { bot: page.slug, seconds: currentBot()?.flood_s > 0 ? 0 : 10 }).then(refresh));
  $("outage").addEventListener("click", () => postJson("/sandbox/outage", { bot: page.slug, on: !currentBot()?.outage }).then(refresh));
  $("restart").addEventListener("click", async () => { await postJson("/sandbox/restart", {}); showNotice(t("The gateway restarts.")); await refresh(); });
  $("add-business").addEventListener("click", addBusiness);
  $("add-person").addEventListener("click", addPerson);
  $("add-group").addEventListener("click", addGroup);
  $("panels").addEventListener("open-person", (event) => goToPerson(event.detail));
  $("inspector-toggle").addEventListener("click", () => showInspector($("inspector").hidden));
  $("inspector-close").addEventListener("click", () => showInspector(false));
  $("clear-calls").addEventListener("click", () => inspector.clear());
  $("only-bot").addEventListener("change", () => inspector.showBot($("only-bot").checked ? page.slug : null));
  $("tools-toggle").addEventListener("click", () => {
    const open = $("tools").classList.toggle("open");
    $("tools-toggle").setAttribute("aria-expanded", String(open));
  });
  const wide = matchMedia("(min-width: 1180px)").matches;
  showInspector(wide && readPreference("inspector") !== "0");
}

async function addGroup() {
  const bot = currentBot();
  const data = bot && (await askGroup());
  if (!data) return;
  const group = await postJson("/sandbox/group", { bot: bot.slug, person: shownPeople(bot)[0].id, ...data });
  await refresh();
  await chooseBot(bot.slug);
  document.getElementById(`chat-${group.id}`)?.scrollIntoView({ behavior: "smooth", inline: "end", block: "nearest" });
}

async function addBusiness() {
  const data = await askBusiness();
  if (!data) return;
  showNotice(t("The business is being made…"));
  const { slug } = await postJson("/sandbox/business", data);
  await refresh();
  await chooseBot(slug);
}

async function addPerson() {
  const bot = currentBot();
  const data = bot && (await askPerson(bot.language));
  if (!data) return;
  const person = await postJson("/sandbox/person", { bot: bot.slug, ...data });
  await refresh();
  await openChat(bot, { ...person, role: "guest" });
}

/** Adds a chat that is not shown yet, and brings it into view. */
async function openChat(bot, person) {
  page.extra.add(`${bot.slug}/${person.id}`);
  const panel = addPanel(bot, person);
  await panel.load();
  panel.element.scrollIntoView({ behavior: "smooth", inline: "end", block: "nearest" });
  return panel;
}

/** Goes to the chat of the person whom a link names. */
async function goToPerson(id) {
  const bot = currentBot();
  const person = bot.people.find((each) => each.id === id);
  if (!person) { showNotice(t("Nobody here has the id {}. In Telegram this opens their profile.", id)); return; }
  const panel = page.panels.get(`${bot.slug}/${id}`) || await openChat(bot, person);
  panel.element.scrollIntoView({ behavior: "smooth", inline: "nearest", block: "nearest" });
  panel.log.focus({ preventScroll: true });
}

initialise();
listenToEvents(onEvent, loadEverything);
setInterval(tick, 1000);
setInterval(() => { if (page.status.gateway !== "ready" || currentBot()?.flood_s > 0 || currentBot()?.pending) refresh().catch(() => {}); }, 1000);
setInterval(() => refresh().catch(() => {}), 10_000);
