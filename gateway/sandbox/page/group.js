// The chat of a group with a bot in it: everything is done as one of its members, who is chosen above the text field.

import { ChatPanel } from "./chat.js";
import { h, icon } from "./dom.js";
import { postJson } from "./api.js";
import { t } from "./translations.js";

export class GroupPanel extends ChatPanel {
  buildComposer() {
    super.buildComposer();
    const members = this.bot.people.filter((person) => this.person.members.includes(person.id));
    this.member = h("select", { "aria-label": t("Who writes") }, members.map((person) => h("option", { value: person.id, text: person.first_name })));
    this.footer.prepend(h("label", { class: "writes-as" }, h("span", { text: t("Who writes") }), this.member));
    this.blockButton.replaceChildren(icon("block"));
  }

  act(what) { return postJson("/sandbox/group/act", { bot: this.bot.slug, person: Number(this.member.value), group: this.person.id, ...what }); }

  async sendText(text) { await this.act({ text }); }

  async press(message, button) {
    this.startSpinner(message.message_id, button.callback_data);
    try {
      await this.act({ message_id: message.message_id, label: button.text });
    } catch { this.stopSpinner(message.message_id, button.callback_data); }
  }

  async toggleBlock() {
    if (!this.view.blocked) await this.act({ remove: true });
  }

  applyView(view) {
    super.applyView(view);
    this.blockButton.title = t("Remove the bot from the group");
    this.blockButton.setAttribute("aria-label", this.blockButton.title);
    this.form.hidden = false;
    this.unblockButton.hidden = true;
  }

  resetSubtitle() { this.subtitle.textContent = this.view?.blocked ? t("the bot is out") : `@${this.bot.username}`; }
}
