// Builds the page: two chats, the people to act as, and the sandbox's events.

import { act, listen, state } from "./api.js";
import { Chat } from "./chat.js";
import { PANELS, Panel } from "./panel.js";
import { Topics } from "./topics.js";

const $ = (selector) => document.querySelector(selector);
const TOAST_MS = 3500;

// Names for people who are added.
const CUSTOMERS = ["Anna", "Boris", "Vera", "Gleb", "Dina", "Egor"];
const MODERATORS = ["Maria", "Nikita", "Olga", "Pavel"];

let world;
const acting = { customer: remembered("customer"), moderator: remembered("moderator") };

// Taps of this page that wait for their answers; other pages have their own.
const taps = new Set();
let sending = Promise.resolve();

const common = { showPicture, report: toast, followLink: follow, tapped };
const customer = new Chat($("#customer"), { title: "Feedback bot", subtitle: "bot", ...common });
const group = new Chat($("#group"), { title: "Moderators", subtitle: "group", ...common });
const topics = new Topics($("#group .topic select"), { choose: openGroup, create: createTopic, change: changeTopic });
group.topics = topics;
const panel = new Panel($("#panel"), { report: toast });

// Moderators have private chats with the bot too.
function people(role) {
  const theirs = world.people.filter((person) => person.role === role);
  return role === "customer" ? [...theirs, ...people("moderator")] : theirs;
}

// At first a customer who speaks the language of the cards.
function actor(role) {
  const { language } = people("moderator")[0];
  const chosen = people(role).find((person) => person.id === acting[role]);
  return chosen ?? people(role).find((person) => person.language === language) ?? people(role)[0];
}

function messagesOf(chatId) {
  return world.chats[chatId] ?? [];
}

async function load() {
  world = await state();
  if (!people("moderator").length) return;  // the first people are not added yet
  hint(world.hint);
  topics.read(messagesOf(world.group.id));
  openCustomer();
  openGroup();
  panel.open(world);
  playing(world.moved_s);
}

// What to try at first depends on whose reviews the model has learnt from.
function hint({ text, example }) {
  $("#hint .words").textContent = text;
  $("#hint .example").textContent = example;
  $("#hint .example").hidden = !example;
}

// Only invented reviews are played in the past.
function playing(movedS) {
  const line = $("#playing");
  line.hidden = movedS > -1;
  if (line.hidden) return;
  const then = new Date(Date.now() + movedS * 1000);
  const shown = then.toLocaleString([], { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  line.textContent = `Invented reviews are being played: it is ${shown} here. What you write before they reach the present gets such a date too.`;
}

function openCustomer() {
  const me = actor("customer");
  customer.open(me.id, me, messagesOf(me.id));
  customer.commands(world.commands[me.language] ?? []);
  choose(customer, "customer", openCustomer);
}

function openGroup() {
  const me = actor("moderator");
  group.open(world.group.id, me, messagesOf(world.group.id), world.ephemerals);
  group.commands(world.group_commands[me.language] ?? []);
  choose(group, "moderator", openGroup);
}

// Fill the selects in a chat's head: the person to act as, and the language.
function choose(chat, role, reopen) {
  const [whom, language, topic, rank] = chat.root.querySelectorAll(".head select");
  topic.closest("label").hidden = role === "customer";
  const me = actor(role);
  chat.me = me;
  whom.replaceChildren(...people(role).map((p) => new Option(p.name, p.id, false, p.id === me.id)),
    new Option("+ another person", "new"));
  whom.onchange = async () => {
    if (whom.value === "new") {
      acting[role] = await newPerson(role, me.language);
    } else {
      acting[role] = Number(whom.value);
    }
    remember(role, acting[role]);
    reopen();
  };
  // Cards are in one language, which is set at the start of the sandbox.
  language.closest("label").hidden = role === "moderator";
  rank.closest("label").hidden = role === "customer";
  rank.value = me.role_in_group;
  rank.onchange = () => act("role", { user_id: me.id, chat_id: world.group.id, role: rank.value });
  language.value = me.language;
  language.onchange = async () => {
    me.language = language.value;
    await act("language", { user_id: me.id, language_code: me.language });
    reopen();
  };
}

async function newPerson(role, language) {
  const names = role === "customer" ? CUSTOMERS : MODERATORS;
  const taken = world.people.map((person) => person.name);
  const name = names.find((free) => !taken.includes(free)) ?? `${names[0]} ${taken.length + 1}`;
  const joins = role === "moderator" ? world.group.id : null;
  const person = await act("people", { first_name: name, language_code: language, joins });
  world.people = (await state()).people;
  return person.id;
}

async function createTopic(name) {
  return actInGroup("topic", { name });
}

async function changeTopic(threadId, what) {
  const states = { close: "closed", reopen: "open", delete: "deleted" };
  await actInGroup("topic-state", { thread_id: threadId, state: states[what] });
}

function actInGroup(what, body) {
  const who = { user_id: actor("moderator").id, chat_id: world.group.id };
  return act(what, { ...who, ...body }).catch((e) => toast(e.message));
}

function shown(message) {
  if (message.chat.id === world.group.id) topics.learn(message);
  const list = (world.chats[message.chat.id] ??= []);
  const at = list.findIndex((old) => old.message_id === message.message_id);
  if (at < 0) list.push(message);
  else list[at] = message;
  chatOf(message.chat.id)?.show(message);
}

// How each event changes the page.
const ON = {
  message({ content }) {
    shown(content);
    const me = actor("moderator");
    const isUnseen = content.chat.id === me?.id && customer.chatId !== me.id;
    const isPlayed = !$("#playing").hidden;  // not an act of the visitor
    if (isUnseen && content.from.is_bot && !isPlayed) toast(`The bot wrote to ${me.name} in private: choose ${me.name} in the chat with the bot`);
  },
  edited: ({ content }) => shown(content),
  ephemeral({ content }) {
    const id = content.ephemeral_message_id;
    world.ephemerals = world.ephemerals.filter((old) => old.ephemeral_message_id !== id);
    if (content.chat) world.ephemerals.push(content);
    group.ephemeral(content);
  },
  deleted({ chat_id: chatId, content }) {
    world.chats[chatId] = messagesOf(chatId).filter((old) => old.message_id !== content.message_id);
    chatOf(chatId)?.remove(content.message_id);
  },
  action: ({ chat_id: chatId }) => chatOf(chatId)?.typing(),
  async answered({ content }) {
    document.querySelectorAll('.key[aria-busy="true"]').forEach((key) => key.removeAttribute("aria-busy"));
    await sending;
    if (!taps.delete(content.id)) return;
    if (content.text) (content.show_alert ? ask : toast)(content.text);
    if (content.url) follow(content.user_id, content.url);
  },
  async menu() {
    if (!group.me) return;
    const now = await state();
    world.commands = now.commands;
    world.group_commands = now.group_commands;
    group.commands(world.group_commands[group.me.language] ?? []);
    customer.commands(world.commands[actor("customer").language] ?? []);
  },
  call: ({ content }) => panel.call(content),
  clock({ content }) {
    panel.clock(content.moved_s);
    playing(content.moved_s);
  },
  async person() {
    if (!group.me) return load();
    world.people = (await state()).people;
    choose(customer, "customer", openCustomer);
    choose(group, "moderator", openGroup);
  },
  reset: () => load(),
};

// Follow a link to the bot as a client does: its private chat opens and the payload is sent.
async function follow(userId, url) {
  const { hostname, pathname, searchParams } = new URL(url);
  const payload = searchParams.get("start");
  const isBot = hostname === "t.me" && pathname.slice(1) === world.bot.username;
  if (payload === null && !isBot) {
    if (hostname === "t.me") toast(`Telegram would open ${url}`);
    else window.open(url, "_blank", "noopener");
    return;
  }
  acting.customer = userId;
  openCustomer();
  document.querySelector('.tabs button[data-show="customer"]')?.click();
  await act("say", { user_id: userId, chat_id: userId, text: `/start ${payload ?? ""}`.trim() });
}

function tapped(sent) {
  const known = sent.then((tap) => tap && taps.add(tap.id));
  sending = Promise.all([sending, known]);
}

function chatOf(chatId) {
  return [customer, group].find((chat) => chat.chatId === chatId);
}

function showPicture(url, description) {
  const image = $("#photo img");
  image.src = url;
  image.alt = description;
  $("#photo").showModal();
}

function toast(text) {
  const element = document.createElement("div");
  element.className = "toast";
  element.textContent = text;
  $("#toasts").append(element);
  setTimeout(() => element.remove(), TOAST_MS);
}

function ask(text) {
  $("#alert p").textContent = text;
  $("#alert").showModal();
}

// Each tab stores the person that it acts as, so that two tabs can be two people.
function remembered(role) {
  return Number(sessionStorage.getItem(role));
}

function remember(role, id) {
  sessionStorage.setItem(role, id);
}

function theme(name) {
  const dark = name === "dark" || (name === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}

function tab(shown) {
  for (const button of document.querySelectorAll(".tabs button")) {
    button.setAttribute("aria-pressed", String(button.dataset.show === shown));
  }
  for (const chat of document.querySelectorAll(".chat")) chat.classList.toggle("shown", chat.id === shown);
  for (const chat of [customer, group]) if (chat.root.id === shown && chat.me) chat.uncovered();
}

theme(localStorage.getItem("theme") ?? "auto");
$("#theme").addEventListener("click", () => {
  const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("theme", next);
  theme(next);
});
$("#reset").addEventListener("click", () => act("reset").catch((e) => toast(e.message)));
$("#photo").addEventListener("click", () => $("#photo").close());
$("#hint").hidden = localStorage.getItem("hint") === "seen";
$("#hint .example").addEventListener("click", ({ target }) => {
  const input = $("#customer textarea");
  input.value = target.textContent;
  input.focus();
});
$("#hint-close").addEventListener("click", () => {
  localStorage.setItem("hint", "seen");
  $("#hint").hidden = true;
});
for (const button of document.querySelectorAll(".tabs button")) {
  button.addEventListener("click", () => tab(button.dataset.show));
}
for (const what of PANELS) {
  $(`#${what}-button`).addEventListener("click", () => panel.toggle(what));
}
tab("customer");
listen((event) => world && ON[event.kind]?.(event), load);
