// One chat: a person on one side, a bot on the other.

import { arrows, h, hue, icon, initials, longDate } from "./dom.js";
import { copyText, confirmBox, showPhoto, startBox, alertBox } from "./boxes.js";
import { messageItem, welcome } from "./message.js";
import { ask, notify, order, upload } from "./net.js";
import { t } from "./words.js";

const SHOWN = 250;
const SPIN_MS = 150_000;
const WORDS = { typing: "typing…", upload_photo: "sending a picture…", upload_document: "sending a file…", find_location: "looking for the place…" };

export class ChatPanel {
  constructor(bot, person, { onClose } = {}) {
    this.bot = bot;
    this.person = person;
    this.items = new Map();
    this.spinning = new Map();
    this.build(onClose);
    // What stood at the bottom stays there when a keyboard opens or the window changes.
    new ResizeObserver(() => { if (this.atBottom !== false) this.bottom(true); }).observe(this.log);
    this.log.addEventListener("scroll", () => { this.atBottom = this.nearBottom(); }, { passive: true });
  }

  key() { return `${this.bot.slug}/${this.person.id}`; }

  build(onClose) {
    const name = [this.person.first_name, this.person.last_name].filter(Boolean).join(" ");
    const avatar = h("span", { class: "avatar", "aria-hidden": "true", text: initials(this.person) });
    avatar.style.setProperty("--hue", hue(String(this.person.id * 7919)));
    this.subtitle = h("span", { class: "doing" });
    this.blockButton = h("button", { type: "button", class: "ghost icon", onclick: () => this.block(), "aria-pressed": "false", title: t("Block the bot"), "aria-label": t("Block bot") }, icon("block"));
    const link = h("button", { type: "button", class: "ghost icon", onclick: () => this.deepLink(), title: t("Open a deep link"), "aria-label": t("Open a deep link") }, icon("link"));
    const close = onClose && h("button", { type: "button", class: "ghost icon", onclick: onClose, "aria-label": t("Close the chat of {}", name) }, icon("close"));
    this.log = h("ol", { class: "log", role: "log", "aria-live": "polite", "aria-relevant": "additions text", "aria-label": t("Chat of {} with {}", name, this.bot.name), tabindex: "0" });
    this.toasts = h("div", { class: "toasts", role: "status", "aria-live": "assertive" });
    this.footer = h("div", { class: "footer" });
    this.element = h(
      "section", { class: "panel", id: `chat-${this.person.id}`, "aria-label": `${name}, ${t(this.person.role)}` },
      h("header", { class: "panel-head" }, avatar, h("div", { class: "who" }, h("h2", { text: name }), h("p", { class: "subtitle" }, h("span", { class: `role ${this.person.role}`, text: t(this.person.role) }), this.subtitle)), link, this.blockButton, close),
      h("div", { class: "wall" }, this.log, this.toasts),
      h("p", { class: "strip" }, h("span", { class: "dot", "aria-hidden": "true" }), t("bot starting… what you send will arrive")),
      this.footer,
    );
    this.composer();
  }

  composer() {
    const id = `box-${this.person.id}`;
    this.box = h("textarea", { id, rows: "1", placeholder: t("Message"), maxlength: "4096", autocomplete: "off", "aria-label": t("Message of {}", this.person.first_name) });
    this.box.addEventListener("input", () => { this.fit(); this.suggest(); });
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.say(); }
      if (event.key === "Escape") this.menu(false);
    });
    this.commandsButton = h("button", { type: "button", class: "ghost icon menu-button", "aria-label": t("Commands"), "aria-expanded": "false", onclick: () => this.menu() }, icon("menu"));
    this.keysButton = h("button", { type: "button", class: "ghost icon", "aria-label": t("Show or hide the keyboard"), hidden: true, onclick: () => { this.keyboard.hidden = !this.keyboard.hidden; } }, icon("keys"));
    const picker = h("input", { type: "file", class: "sr", tabindex: "-1", "aria-label": t("File to send") });
    picker.addEventListener("change", () => this.attach(picker));
    const attach = h("button", { type: "button", class: "ghost icon", "aria-label": t("Send a file"), onclick: () => picker.click() }, icon("clip"));
    this.form = h("form", { class: "composer", hidden: true, onsubmit: (event) => { event.preventDefault(); this.say(); } }, this.commandsButton, this.box, picker, this.keysButton, attach, h("button", { type: "submit", class: "send icon", "aria-label": t("Send") }, icon("send")));
    this.commandsList = h("div", { class: "commands", role: "menu", "aria-label": t("Commands"), hidden: true, onkeydown: (event) => arrows(event, this.commandsList, () => { this.menu(false); this.box.focus(); }) });
    this.keyboard = h("div", { class: "reply-keys", role: "group", "aria-label": t("Keyboard"), hidden: true });
    // none of the three is right before the chat is known
    this.startButton = h("button", { type: "button", class: "start", hidden: true, onclick: () => this.send("/start"), text: t("START") });
    this.unblockButton = h("button", { type: "button", class: "start quiet", hidden: true, onclick: () => this.block(), text: t("UNBLOCK BOT") });
    this.footer.append(this.commandsList, this.form, this.keyboard, this.startButton, this.unblockButton);
  }

  /** Asks for the chat; `latest` is false when a later question was answered sooner. */
  async fetch() {
    const turn = this.asked = (this.asked || 0) + 1;
    const view = await ask(`/sandbox/chats/${encodeURIComponent(this.bot.slug)}/${this.person.id}`);
    const latest = turn > (this.applied || 0);
    if (latest) this.applied = turn;
    return { view, latest };
  }

  /** Draws the whole chat. Messages that arrive meanwhile are newer than the answer: they are put on top of it. */
  async load() {
    this.loads = (this.loads || 0) + 1;
    this.held ||= [];
    try {
      const { view, latest } = await this.fetch();
      this.items.clear();
      this.log.replaceChildren();
      for (const message of view.messages.slice(-SHOWN)) this.place(message, false);
      for (const id of view.spinning) this.spin(id, null);
      if (latest) this.state(view);
      for (const message of this.held) this.place(message, false);
      this.bottom(true);
    } finally {
      this.loads -= 1;
      if (this.loads === 0) this.held = [];
    }
  }

  async refresh() {
    const { view, latest } = await this.fetch();
    if (latest) this.state(view);
  }

  arrived(message) {
    if (this.loads) this.held.push(message);
    this.place(message);
  }

  state(view) {
    this.view = view;
    this.element.classList.toggle("blocked", view.blocked);
    this.blockButton.setAttribute("aria-pressed", String(view.blocked));
    this.blockButton.title = t(view.blocked ? "Unblock the bot" : "Block the bot");
    this.form.hidden = view.blocked || !view.started;
    this.startButton.hidden = view.started || view.blocked;
    this.unblockButton.hidden = !view.blocked;
    this.idleSubtitle();
    this.commandsButton.hidden = view.commands.length === 0;
    this.commandsList.replaceChildren(...view.commands.map((command) => this.command(command)));
    this.replyKeyboard(view.keyboard);
    this.emptyNote(view.started);
  }

  emptyNote(started) {
    this.log.querySelector(".welcome")?.remove();
    if (started || this.items.size) return;
    this.log.append(welcome(this.bot));
  }

  idleSubtitle() {
    this.subtitle.textContent = this.view?.blocked ? t("blocked the bot") : `@${this.bot.username}`;
    this.subtitle.classList.remove("active");
  }

  acting(action) {
    this.subtitle.textContent = t(WORDS[action] || "busy…");
    this.subtitle.classList.add("active");
    clearTimeout(this.actingTimer);
    this.actingTimer = setTimeout(() => this.idleSubtitle(), 5000);
  }

  context() {
    return {
      bot: this.bot.slug,
      onPress: (message, button) => this.press(message, button),
      onLink: (url) => this.follow(url),
      onCopy: (text) => copyText(text),
      onSay: (text) => this.send(text),
      onPhoto: showPhoto,
    };
  }

  place(message, fresh = true) {
    const item = messageItem(message, this.context());
    const old = this.items.get(message.message_id);
    // asked before it stands there: a tall keyboard would seem far from the bottom
    const follow = !message.out || this.atBottom !== false;
    this.log.querySelector(".welcome")?.remove();
    if (old) {
      old.replaceWith(item);
      if (fresh) item.classList.add("changed");
    } else {
      const day = longDate(message.date);
      if (day !== this.lastDay || !this.items.size) this.log.append(h("li", { class: "day" }, h("span", { text: day })));
      this.lastDay = day;
      this.log.append(item);
      if (fresh) item.classList.add("fresh");
    }
    this.items.set(message.message_id, item);
    this.respin(message.message_id, item);
    if (message.out && fresh) this.idleSubtitle();
    if (follow) this.bottom(true);
  }

  nearBottom() { return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 160; }

  bottom(always) {
    if (always || this.nearBottom()) requestAnimationFrame(() => { this.log.scrollTop = this.log.scrollHeight; });
  }

  /** A press that waits for its answer: the button spins. */
  spin(id, data) {
    const pressed = this.spinning.get(id) || new Map();
    clearTimeout(pressed.get(data));
    pressed.set(data, setTimeout(() => this.calm(id, data), SPIN_MS));
    this.spinning.set(id, pressed);
    const item = this.items.get(id);
    if (item) this.respin(id, item);
  }

  calm(id, data) {
    const pressed = this.spinning.get(id);
    for (const known of data === undefined ? [...(pressed?.keys() ?? [])] : [data, null]) {
      clearTimeout(pressed?.get(known));
      pressed?.delete(known);
    }
    const item = this.items.get(id);
    if (item) this.respin(id, item);
  }

  respin(id, item) {
    const pressed = this.spinning.get(id);
    for (const button of item.querySelectorAll(".key")) {
      const busy = Boolean(pressed?.has(button.dataset.data));
      button.classList.toggle("busy", busy);
      if (busy) button.setAttribute("aria-busy", "true");
      else button.removeAttribute("aria-busy");
    }
  }

  async press(message, button) {
    this.spin(message.message_id, button.callback_data);
    try {
      await order("/sandbox/press", { bot: this.bot.slug, person: this.person.id, message_id: message.message_id, data: button.callback_data });
    } catch { this.calm(message.message_id, button.callback_data); }
  }

  answered(answer) {
    this.calm(answer.message_id, answer.data);
    if (answer.url) this.follow(answer.url);
    if (!answer.text) return;
    if (answer.show_alert) { alertBox(this.bot.name, answer.text); return; }
    const toast = h("p", { class: "toast", text: answer.text });
    this.toasts.append(toast);
    setTimeout(() => toast.remove(), 4000);
  }

  command(command) {
    return h("button", { type: "button", role: "menuitem", onclick: () => { this.menu(false); this.send(`/${command.command}`); } }, h("strong", { text: `/${command.command}` }), h("span", { text: command.description }));
  }

  menu(open = this.commandsList.hidden) {
    this.commandsList.hidden = !open;
    this.commandsButton.setAttribute("aria-expanded", String(open));
    if (open && document.activeElement !== this.box) this.commandsList.querySelector("button")?.focus();
  }

  suggest() { this.menu(this.box.value === "/" && this.view.commands.length > 0); }

  replyKeyboard(keyboard) {
    const rows = keyboard?.keyboard ?? [];
    this.keyboard.hidden = rows.length === 0;
    this.keysButton.hidden = rows.length === 0;
    this.box.placeholder = keyboard?.input_field_placeholder || t("Message");
    this.keyboard.replaceChildren(...rows.map((row) => h("div", { class: "key-row" }, row.map((button) => {
      const label = [button.request_contact && icon("phone"), button.request_location && icon("pin"), h("span", { class: "label", text: button.text })];
      return h("button", { type: "button", class: `reply-key ${button.style || ""}`, onclick: () => this.replyKey(button) }, label);
    }))));
    this.bottom(false);
  }

  async replyKey(button) {
    if (button.request_contact) {
      const yes = await confirmBox(t("Share your phone number?"), t("{} will see {}.", this.bot.name, `+${this.view.person.phone}`), t("Share"));
      if (yes) await order("/sandbox/contact", { bot: this.bot.slug, person: this.person.id });
    } else if (button.request_location) {
      await order("/sandbox/send", { bot: this.bot.slug, person: this.person.id, content: { location: { latitude: 52.52, longitude: 13.405 } } });
    } else await this.send(button.text);
  }

  fit() {
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, 140)}px`;
  }

  async say() {
    const text = this.box.value.trim();
    if (!text) return;
    this.box.value = "";
    this.fit();
    this.menu(false);
    try { await this.send(text); } catch { this.box.value = text; }
  }

  async send(text) {
    await order("/sandbox/send", { bot: this.bot.slug, person: this.person.id, text });
    if (this.view && !this.view.started) await this.refresh();
    if (!this.form.hidden && matchMedia("(hover: hover)").matches) this.box.focus();
  }

  async attach(picker) {
    const [file] = picker.files;
    if (file) { await upload(this.bot.slug, this.person.id, file, this.box.value.trim()); this.box.value = ""; }
    picker.value = "";
  }

  block() { return order("/sandbox/block", { bot: this.bot.slug, person: this.person.id, on: !this.view.blocked }); }

  async deepLink() {
    const payload = await startBox(this.bot.username);
    if (payload !== null) await this.send(payload ? `/start ${payload}` : "/start");
  }

  /** A link to this bot starts it here; any other opens beside. */
  follow(url) {
    const match = /^(?:https?:\/\/)?t\.me\/([A-Za-z0-9_]+)\?start=([A-Za-z0-9_-]{1,64})$/.exec(url);
    if (match && match[1].toLowerCase() === this.bot.username.toLowerCase()) return this.send(`/start ${match[2]}`);
    if (!/^https?:/i.test(url)) return notify(t("A messenger would open {}", url));
    return window.open(url, "_blank", "noopener,noreferrer");
  }
}
