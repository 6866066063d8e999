// One chat window: its messages, its composer. It knows the person who acts in it, not the others.

import { act, fileUrl } from "./api.js";
import { richText } from "./entities.js";

// A chat within this distance of its end follows new messages.
const NEAR_END_PX = 120;
const TYPING_MS = 5000;

const ATTACHMENTS = [
  ["Sticker", "send", { kind: "sticker" }],
  ["Voice message", "send", { kind: "voice" }],
  ["Photo", "send", { kind: "photo" }],
  ["Album of three photos", "send", { kind: "album", count: 3 }],
  ["File", "send", { kind: "document" }],
  ["Forwarded message", "forward", { text: "They are never late!", author: "A neighbour" }],
];

export class Chat {
  constructor(root, { title, subtitle, showPicture, report, followLink, tapped }) {
    root.append(document.getElementById("chat-template").content.cloneNode(true));
    this.root = root;
    this.subtitle = subtitle;
    this.showPicture = showPicture;
    this.report = report;
    this.tapped = tapped;
    this.topics = null;  // of a group
    this.followLink = (url) => followLink(this.me.id, url);
    this.list = root.querySelector(".messages");
    this.input = root.querySelector("textarea");
    this.rows = new Map();
    this.edited = null;
    this.replied = null;
    root.querySelector("h2").textContent = title;
    root.querySelector(".avatar").textContent = [...title][0];
    this.status(subtitle);
    this.#composer();
  }

  // Show `messages` of `chatId` as `me` sees them; `ephemerals` are those that one member sees.
  open(chatId, me, messages, ephemerals = []) {
    this.chatId = chatId;
    this.me = me;
    this.rows.clear();
    this.day = null;
    this.list.replaceChildren();
    this.#stopEditing();
    this.#stopReply();
    for (const message of messages) if (this.#shows(message)) this.#append(message);
    for (const message of ephemerals) this.ephemeral(message);
    this.#toEnd();
  }

  #shows(message) {
    return !this.topics || this.topics.shows(message);
  }

  // Show an ephemeral message to the person who may see it, or remove a deleted one.
  ephemeral(message) {
    const { ephemeral_message_id: id, receiver_user: receiver, from } = message;
    if (!message.chat) this.remove(keyOf(message));
    else if ((receiver ?? from)?.id === this.me.id) this.show(message);
    else this.remove(keyOf({ ephemeral_message_id: id }));
  }

  show(message) {
    if (!this.#shows(message)) return;
    const follow = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < NEAR_END_PX;
    const before = this.rows.get(keyOf(message));
    if (before) before.replaceWith(this.#row(message));
    else this.#append(message);
    if (message.from?.is_bot) this.status(this.subtitle);
    if (follow) this.#toEnd();
  }

  remove(key) {
    this.rows.get(key)?.remove();
    this.rows.delete(key);
  }

  commands(commands) {
    const popup = this.root.querySelector(".commands");
    popup.replaceChildren(...commands.map(({ command, description }) =>
      this.#choice(`/${command}`, description, () => this.say(`/${command}`))));
    this.root.querySelector(".menu").hidden = !commands.length;
  }

  typing() {
    this.status("typing…");
    clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => this.status(this.subtitle), TYPING_MS);
  }

  // Update the layout of a chat that was hidden.
  uncovered() {
    this.#grow();
    this.#toEnd();
  }

  status(text) {
    this.root.querySelector(".status").textContent = text;
  }

  say(text) {
    return this.#act("say", { text, thread_id: this.topics?.threadId ?? null });
  }

  #act(what, body) {
    const who = { user_id: this.me.id, chat_id: this.chatId };
    return act(what, { ...who, ...body }).catch((e) => this.report(e.message));
  }

  #toEnd() {
    this.list.scrollTop = this.list.scrollHeight;
  }

  // Add a message at the end, below a line with its date if it is the first of a day.
  #append(message) {
    const day = dayOf(message);
    if (day !== this.day) this.list.append(node("div", "message service", day));
    this.day = day;
    this.list.append(this.#row(message));
  }

  #isMine(message) {
    return message.sender_chat ? this.me.role_in_group === "anonymous" : message.from?.id === this.me.id;
  }

  #row(message) {
    const row = document.createElement("div");
    row.className = "message";
    row.dataset.id = message.message_id;
    this.rows.set(keyOf(message), row);
    const announced = serviceWords(message);
    if (announced) {
      row.classList.add("service");
      row.textContent = announced;
      return row;
    }
    if (this.#isMine(message)) row.classList.add("mine");
    if (message.ephemeral_message_id) row.classList.add("ephemeral");
    row.append(this.#bubble(message));
    if (message.reply_markup?.inline_keyboard?.length) row.append(this.#keyboard(message));
    return row;
  }

  #bubble(message) {
    const bubble = node("div", "bubble");
    const mine = this.#isMine(message);
    if (this.chatId < 0 && !mine) bubble.append(node("div", "sender", name(message)));
    const threadId = message.message_thread_id;
    if (threadId && this.topics?.threadId === null) bubble.append(node("div", "topic-name", `# ${this.topics.name(threadId)}`));
    if (message.ephemeral_message_id) bubble.append(node("div", "topic-name", "Only you see this message"));
    // A message in a topic replies to the one that created it; clients do not show that.
    if (message.reply_to_message && message.reply_to_message.message_id !== threadId) bubble.append(node("div", "reply", excerpt(message.reply_to_message)));
    if (message.forward_origin) bubble.append(node("div", "sender", "Forwarded message"));
    if (message.photo) bubble.append(this.#picture(message));
    const file = fileOf(message);
    if (file) bubble.append(fileLink(file, message));
    const say = (command) => this.say(command);
    bubble.append(richText(words(message), message.entities ?? message.caption_entities, say, this.followLink));
    bubble.append(node("span", "stamp", stamp(message)));
    if (!message.ephemeral_message_id || message.receiver_user) bubble.append(this.#replyKey(message));
    if (mine && message.text !== undefined) {
      bubble.title = "Double-click to edit";
      bubble.addEventListener("dblclick", () => this.#startEditing(message));
    }
    return bubble;
  }

  #replyKey(message) {
    const key = node("button", "reply-key", "↩");
    key.type = "button";
    key.setAttribute("aria-label", "Reply to this message");
    key.addEventListener("click", () => this.#startReply(message));
    return key;
  }

  #picture(message) {
    const url = fileUrl(message.photo.at(-1).file_id);
    const button = node("button", "picture");
    button.type = "button";
    button.setAttribute("aria-label", "Enlarge the picture");
    const image = document.createElement("img");
    image.src = url;
    image.alt = message.caption ?? "Picture";
    image.width = message.photo.at(-1).width;
    image.height = message.photo.at(-1).height;
    image.style.height = "auto";
    button.append(image);
    button.addEventListener("click", () => this.showPicture(url, image.alt));
    return button;
  }

  #keyboard(message) {
    const keyboard = node("div", "keyboard");
    for (const buttons of message.reply_markup.inline_keyboard) {
      const row = node("div", "row");
      for (const { text, callback_data: data, style, url } of buttons) {
        const key = node("button", `key ${style ?? ""}`, text);
        key.type = "button";
        key.dataset.data = data;
        key.addEventListener("click", async () => {
          if (url) return this.followLink(url);
          key.setAttribute("aria-busy", "true");
          const where = message.ephemeral_message_id
            ? { ephemeral_id: message.ephemeral_message_id }
            : { message_id: message.message_id };
          this.tapped(this.#act("tap", { ...where, data }));
          setTimeout(() => key.removeAttribute("aria-busy"), 1500);
        });
        row.append(key);
      }
      keyboard.append(row);
    }
    return keyboard;
  }

  #composer() {
    const form = this.root.querySelector(".composer");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.input.addEventListener("input", () => this.#grow());
    const attachments = this.root.querySelector(".attachments");
    attachments.append(...ATTACHMENTS.map(([title, what, body]) =>
      this.#choice(title, "", () => this.#act(what, body))));
    this.root.querySelector(".replying button").addEventListener("click", () => this.#stopReply());
    attachments.prepend(this.#choice("Picture from this computer…", "", () => this.#pickPicture()));
    this.#popup(".menu", ".commands");
    this.#popup(".attach", ".attachments");
  }

  #pickPicture() {
    const picker = document.createElement("input");
    picker.type = "file";
    picker.accept = "image/png,image/jpeg,image/webp";
    picker.addEventListener("change", async () => {
      const [file] = picker.files;
      if (!file) return;
      const data = await base64(file);
      this.#act("send", { kind: "photo", data });
    });
    picker.click();
  }

  #popup(opener, list) {
    const button = this.root.querySelector(opener);
    const popup = this.root.querySelector(list);
    const set = (open) => {
      popup.hidden = !open;
      button.setAttribute("aria-expanded", String(open));
      if (open) popup.querySelector("button")?.focus();
    };
    button.addEventListener("click", () => set(popup.hidden));
    popup.addEventListener("click", () => set(false));
    document.addEventListener("click", (event) => {
      if (!popup.contains(event.target) && event.target !== button) set(false);
    });
    popup.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      set(false);
      button.focus();
    });
  }

  #choice(title, description, onChoose) {
    const button = node("button", "", title);
    button.type = "button";
    if (description) button.append(node("span", "quiet", description));
    button.addEventListener("click", onChoose);
    return button;
  }

  #key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.#send();
    } else if (event.key === "Escape") {
      this.#stopEditing();
      this.#stopReply();
    } else if (event.key === "ArrowUp" && !this.input.value) {
      const last = [...this.list.querySelectorAll(".mine")].at(-1);
      last?.querySelector(".bubble").dispatchEvent(new MouseEvent("dblclick"));
    }
  }

  #send() {
    const text = this.input.value;
    if (!text.trim()) return;
    if (this.edited === null) this.#act("say", { text, ...this.replied, thread_id: this.topics?.threadId ?? null });
    else this.#act("edit", { message_id: this.edited, text });
    this.#stopEditing();
    this.#stopReply();
  }

  #startReply(message) {
    const id = message.ephemeral_message_id;
    this.replied = id ? { reply_to_ephemeral: id } : { reply_to: message.message_id };
    this.root.querySelector(".replying").hidden = false;
    this.root.querySelector(".replying span").textContent = `Reply to: ${excerpt(message)}`;
    this.input.focus();
  }

  #stopReply() {
    this.replied = null;
    this.root.querySelector(".replying").hidden = true;
  }

  #startEditing(message) {
    this.edited = message.message_id;
    this.input.value = message.text;
    this.input.classList.add("editing");
    this.input.focus();
    this.#grow();
  }

  #stopEditing() {
    this.edited = null;
    this.input.value = "";
    this.input.classList.remove("editing");
    this.#grow();
  }

  #grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight + 2}px`;
  }
}

function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result.split(",")[1] ?? ""));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(file);
  });
}

// The key of a message; ephemeral messages have ids of their own.
function keyOf({ message_id: id, ephemeral_message_id: ephemeralId }) {
  return ephemeralId ? `e${ephemeralId}` : id;
}

function serviceWords(message) {
  if (message.forum_topic_created) return `The topic “${message.forum_topic_created.name}” was created`;
  if (message.forum_topic_edited) return `The topic is called “${message.forum_topic_edited.name}” now`;
  if (message.forum_topic_closed) return "The topic was closed";
  if (message.forum_topic_reopened) return "The topic was reopened";
  return "";
}

function node(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className.trim();
  if (text !== undefined) element.textContent = text;
  return element;
}

function name({ sender_chat: group, from: user }) {
  if (group) return `${group.title} (anonymous admin)`;
  return [user?.first_name, user?.last_name].filter(Boolean).join(" ");
}

function words(message) {
  if (message.text ?? message.caption) return message.text ?? message.caption;
  if (message.sticker) return message.sticker.emoji ?? "🙂";
  return message.photo || fileOf(message) ? "" : "[message]";
}

function fileOf(message) {
  return message.document ?? message.voice ?? message.video;
}

function fileName(message) {
  return fileOf(message)?.file_name ?? (message.voice ? "Voice message" : "Video");
}

// The link that downloads the file of a message.
function fileLink(file, message) {
  const link = node("a", "file", fileName(message));
  link.href = fileUrl(file.file_id);
  link.download = fileName(message);
  return link;
}

function excerpt(message) {
  return (words(message) || (fileOf(message) ? fileName(message) : "")).slice(0, 120);
}

function dayOf(message) {
  return new Date(message.date * 1000).toLocaleDateString([], { day: "numeric", month: "long" });
}

function stamp(message) {
  const time = new Date(message.date * 1000);
  const clock = time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return message.edit_date ? `edited ${clock}` : clock;
}
