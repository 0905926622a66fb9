// The chat of a person with a bot.

import { moveFocus, h, avatarHue, icon, initials, formatDate } from "./dom.js";
import { copyText, askConfirmation, showPhoto, askStartPayload, showAlert } from "./dialogs.js";
import { messageItem, welcomeItem } from "./message.js";
import { getJson, showNotice, postJson, uploadFile } from "./api.js";
import { t } from "./translations.js";

const SHOWN = 250;
const SPINNER_MS = 150_000;
const ACTIONS = { typing: "typing…", upload_photo: "sending a picture…", upload_document: "sending a file…", find_location: "looking for the place…" };

export class ChatPanel {
  constructor(bot, person, { onClose } = {}) {
    this.bot = bot;
    this.person = person;
    this.items = new Map();
    this.spinning = new Map();
    this.build(onClose);
    // The last message stays in sight when a keyboard opens or the window is resized.
    new ResizeObserver(() => { if (this.atBottom !== false) this.scrollToBottom(true); }).observe(this.log);
    this.log.addEventListener("scroll", () => { this.atBottom = this.isNearBottom(); }, { passive: true });
  }

  key() { return `${this.bot.slug}/${this.person.id}`; }

  build(onClose) {
    const name = [this.person.first_name, this.person.last_name].filter(Boolean).join(" ");
    const avatar = h("span", { class: "avatar", "aria-hidden": "true", text: initials(this.person) });
    avatar.style.setProperty("--hue", avatarHue(String(this.person.id * 7919)));
    this.subtitle = h("span", { class: "doing" });
    this.blockButton = h("button", { type: "button", class: "ghost icon", onclick: () => this.toggleBlock(), "aria-pressed": "false", title: t("Block the bot"), "aria-label": t("Block bot") }, icon("block"));
    const link = h("button", { type: "button", class: "ghost icon", onclick: () => this.openDeepLink(), title: t("Open a deep link"), "aria-label": t("Open a deep link") }, icon("link"));
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
    this.buildComposer();
  }

  buildComposer() {
    const id = `box-${this.person.id}`;
    this.box = h("textarea", { id, rows: "1", placeholder: t("Message"), maxlength: "4096", autocomplete: "off", "aria-label": t("Message of {}", this.person.first_name) });
    this.box.addEventListener("input", () => { this.resizeBox(); this.suggestCommands(); });
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.submit(); }
      if (event.key === "Escape") this.toggleCommands(false);
    });
    this.commandsButton = h("button", { type: "button", class: "ghost icon menu-button", "aria-label": t("Commands"), "aria-expanded": "false", onclick: () => this.toggleCommands() }, icon("menu"));
    this.keysButton = h("button", { type: "button", class: "ghost icon", "aria-label": t("Show or hide the keyboard"), hidden: true, onclick: () => { this.keyboard.hidden = !this.keyboard.hidden; } }, icon("keys"));
    const picker = h("input", { type: "file", class: "sr", tabindex: "-1", "aria-label": t("File to send") });
    picker.addEventListener("change", () => this.sendFile(picker));
    const attach = h("button", { type: "button", class: "ghost icon", "aria-label": t("Send a file"), onclick: () => picker.click() }, icon("clip"));
    this.form = h("form", { class: "composer", hidden: true, onsubmit: (event) => { event.preventDefault(); this.submit(); } }, this.commandsButton, this.box, picker, this.keysButton, attach, h("button", { type: "submit", class: "send icon", "aria-label": t("Send") }, icon("send")));
    this.commandsList = h("div", { class: "commands", role: "menu", "aria-label": t("Commands"), hidden: true, onkeydown: (event) => moveFocus(event, this.commandsList, () => { this.toggleCommands(false); this.box.focus(); }) });
    this.keyboard = h("div", { class: "reply-keys", role: "group", "aria-label": t("Keyboard"), hidden: true });
    // which of the three is shown is known with the chat
    this.startButton = h("button", { type: "button", class: "start", hidden: true, onclick: () => this.sendText("/start"), text: t("START") });
    this.unblockButton = h("button", { type: "button", class: "start quiet", hidden: true, onclick: () => this.toggleBlock(), text: t("UNBLOCK BOT") });
    this.footer.append(this.commandsList, this.form, this.keyboard, this.startButton, this.unblockButton);
  }

  /** Requests the chat. `latest` is false when a later request was answered first. */
  async fetchView() {
    const request = this.requested = (this.requested || 0) + 1;
    const view = await getJson(`/sandbox/chats/${encodeURIComponent(this.bot.slug)}/${this.person.id}`);
    const latest = request > (this.applied || 0);
    if (latest) this.applied = request;
    return { view, latest };
  }

  /** Draws the whole chat, and on top of it the messages that arrive meanwhile, which are newer. */
  async load() {
    this.loads = (this.loads || 0) + 1;
    this.received ||= [];
    try {
      const { view, latest } = await this.fetchView();
      const focused = this.log.contains(document.activeElement) ? document.activeElement : null;
      this.items.clear();
      this.log.replaceChildren();
      for (const message of view.messages.slice(-SHOWN)) this.putMessage(message, false);
      for (const id of view.spinning) this.startSpinner(id, null);
      if (latest) this.applyView(view);
      for (const message of this.received) this.putMessage(message, false);
      const item = focused && this.items.get(Number(focused.closest("[data-id]")?.dataset.id));
      if (item) this.keepFocus(item, focused);
      this.scrollToBottom(true);
    } finally {
      this.loads -= 1;
      if (this.loads === 0) this.received = [];
    }
  }

  async refresh() {
    const { view, latest } = await this.fetchView();
    if (latest) this.applyView(view);
  }

  receive(message) {
    if (this.loads) this.received.push(message);
    this.putMessage(message);
  }

  applyView(view) {
    this.view = view;
    this.element.classList.toggle("blocked", view.blocked);
    this.blockButton.setAttribute("aria-pressed", String(view.blocked));
    this.blockButton.title = t(view.blocked ? "Unblock the bot" : "Block the bot");
    this.form.hidden = view.blocked || !view.started;
    this.startButton.hidden = view.started || view.blocked;
    this.unblockButton.hidden = !view.blocked;
    this.resetSubtitle();
    this.commandsButton.hidden = view.commands.length === 0;
    this.commandsList.replaceChildren(...view.commands.map((command) => this.commandItem(command)));
    this.setReplyKeyboard(view.keyboard);
    this.updateWelcome(view.started);
  }

  updateWelcome(started) {
    this.log.querySelector(".welcome")?.remove();
    if (started || this.items.size) return;
    this.log.append(welcomeItem(this.bot));
  }

  resetSubtitle() {
    this.subtitle.textContent = this.view?.blocked ? t("blocked the bot") : `@${this.bot.username}`;
    this.subtitle.classList.remove("active");
  }

  showAction(action) {
    this.subtitle.textContent = t(ACTIONS[action] || "busy…");
    this.subtitle.classList.add("active");
    clearTimeout(this.actionTimer);
    this.actionTimer = setTimeout(() => this.resetSubtitle(), 5000);
  }

  context() {
    return {
      bot: this.bot.slug,
      onPress: (message, button) => this.press(message, button),
      onLink: (url) => this.openLink(url),
      onCopy: (text) => copyText(text),
      onCommand: (text) => this.sendText(text),
      onPhoto: showPhoto,
    };
  }

  putMessage(message, fresh = true) {
    const item = messageItem(message, this.context());
    const old = this.items.get(message.message_id);
    const focused = old?.contains(document.activeElement) ? document.activeElement : null;
    // decided before the message is added: a tall keyboard would seem far from the bottom
    const stayAtBottom = !message.out || this.atBottom !== false;
    this.log.querySelector(".welcome")?.remove();
    if (old) {
      old.replaceWith(item);
      if (fresh) item.classList.add("changed");
    } else {
      const day = formatDate(message.date);
      if (day !== this.lastDay || !this.items.size) this.log.append(h("li", { class: "day" }, h("span", { text: day })));
      this.lastDay = day;
      this.log.append(item);
      if (fresh) item.classList.add("fresh");
    }
    this.items.set(message.message_id, item);
    this.showSpinners(message.message_id, item);
    if (focused) this.keepFocus(item, focused);
    if (message.out && fresh) this.resetSubtitle();
    if (stayAtBottom) this.scrollToBottom(true);
  }

  /** Moves the focus to the new form of a message: to the same button, else to its first one, else to the message. */
  keepFocus(item, focused) {
    const keys = [...item.querySelectorAll(".key")];
    const same = keys.find((key) => key.dataset.data !== undefined && key.dataset.data === focused.dataset.data);
    if (!keys.length) item.tabIndex = -1;
    (same ?? keys[0] ?? item).focus({ preventScroll: true });
  }

  isNearBottom() { return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 160; }

  scrollToBottom(always) {
    if (always || this.isNearBottom()) requestAnimationFrame(() => { this.log.scrollTop = this.log.scrollHeight; });
  }

  /** Shows that a button's press waits for its answer. */
  startSpinner(id, data) {
    const pressed = this.spinning.get(id) || new Map();
    clearTimeout(pressed.get(data));
    pressed.set(data, setTimeout(() => this.stopSpinner(id, data), SPINNER_MS));
    this.spinning.set(id, pressed);
    const item = this.items.get(id);
    if (item) this.showSpinners(id, item);
  }

  stopSpinner(id, data) {
    const pressed = this.spinning.get(id);
    for (const known of data === undefined ? [...(pressed?.keys() ?? [])] : [data, null]) {
      clearTimeout(pressed?.get(known));
      pressed?.delete(known);
    }
    const item = this.items.get(id);
    if (item) this.showSpinners(id, item);
  }

  showSpinners(id, item) {
    const pressed = this.spinning.get(id);
    for (const button of item.querySelectorAll(".key")) {
      const busy = Boolean(pressed?.has(button.dataset.data));
      button.classList.toggle("busy", busy);
      if (busy) button.setAttribute("aria-busy", "true");
      else button.removeAttribute("aria-busy");
    }
  }

  async press(message, button) {
    this.startSpinner(message.message_id, button.callback_data);
    try {
      await postJson("/sandbox/press", { bot: this.bot.slug, person: this.person.id, message_id: message.message_id, data: button.callback_data });
    } catch { this.stopSpinner(message.message_id, button.callback_data); }
  }

  showAnswer(answer) {
    this.stopSpinner(answer.message_id, answer.data);
    if (answer.url) this.openLink(answer.url);
    if (!answer.text) return;
    if (answer.show_alert) { showAlert(this.bot.name, answer.text); return; }
    const toast = h("p", { class: "toast", text: answer.text });
    this.toasts.append(toast);
    setTimeout(() => toast.remove(), 4000);
  }

  commandItem(command) {
    return h("button", { type: "button", role: "menuitem", onclick: () => { this.toggleCommands(false); this.sendText(`/${command.command}`); } }, h("strong", { text: `/${command.command}` }), h("span", { text: command.description }));
  }

  toggleCommands(open = this.commandsList.hidden) {
    this.commandsList.hidden = !open;
    this.commandsButton.setAttribute("aria-expanded", String(open));
    if (open && document.activeElement !== this.box) this.commandsList.querySelector("button")?.focus();
  }

  suggestCommands() { this.toggleCommands(this.box.value === "/" && this.view.commands.length > 0); }

  setReplyKeyboard(keyboard) {
    const rows = keyboard?.keyboard ?? [];
    this.keyboard.hidden = rows.length === 0;
    this.keysButton.hidden = rows.length === 0;
    this.box.placeholder = keyboard?.input_field_placeholder || t("Message");
    this.keyboard.replaceChildren(...rows.map((row) => h("div", { class: "key-row" }, row.map((button) => {
      const label = [button.request_contact && icon("phone"), button.request_location && icon("pin"), h("span", { class: "label", text: button.text })];
      return h("button", { type: "button", class: `reply-key ${button.style || ""}`, onclick: () => this.pressReplyKey(button) }, label);
    }))));
    this.scrollToBottom(false);
  }

  async pressReplyKey(button) {
    if (button.request_contact) {
      const yes = await askConfirmation(t("Share your phone number?"), t("{} will see {}.", this.bot.name, `+${this.view.person.phone}`), t("Share"));
      if (yes) await postJson("/sandbox/contact", { bot: this.bot.slug, person: this.person.id });
    } else if (button.request_location) {
      await postJson("/sandbox/send", { bot: this.bot.slug, person: this.person.id, content: { location: { latitude: 52.52, longitude: 13.405 } } });
    } else await this.sendText(button.text);
  }

  resizeBox() {
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, 140)}px`;
  }

  async submit() {
    const text = this.box.value.trim();
    if (!text) return;
    this.box.value = "";
    this.resizeBox();
    this.toggleCommands(false);
    try { await this.sendText(text); } catch { this.box.value = text; }
  }

  async sendText(text) {
    const from = document.activeElement;
    await postJson("/sandbox/send", { bot: this.bot.slug, person: this.person.id, text });
    if (this.view && !this.view.started) await this.refresh();
    // the focus stays where the person has put it meanwhile
    const stayed = document.activeElement === from || document.activeElement === document.body;
    if (stayed && !this.form.hidden && matchMedia("(hover: hover)").matches) this.box.focus();
  }

  async sendFile(picker) {
    const [file] = picker.files;
    if (file) { await uploadFile(this.bot.slug, this.person.id, file, this.box.value.trim()); this.box.value = ""; }
    picker.value = "";
  }

  toggleBlock() { return postJson("/sandbox/block", { bot: this.bot.slug, person: this.person.id, on: !this.view.blocked }); }

  async openDeepLink() {
    const payload = await askStartPayload(this.bot.username);
    if (payload !== null) await this.sendText(payload ? `/start ${payload}` : "/start");
  }

  /** Opens a link: one to this bot starts the bot here, any other opens a new tab. */
  openLink(url) {
    const match = /^(?:https?:\/\/)?t\.me\/([A-Za-z0-9_]+)\?start=([A-Za-z0-9_-]{1,64})$/.exec(url);
    if (match && match[1].toLowerCase() === this.bot.username.toLowerCase()) return this.sendText(`/start ${match[2]}`);
    if (!/^https?:/i.test(url)) return showNotice(t("A messenger would open {}", url));
    return window.open(url, "_blank", "noopener,noreferrer");
  }
}
