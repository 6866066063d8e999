// The panel next to the chats: the calls of the bot, the clock, and faults of Telegram.

import { act } from "./api.js";

const CALLS_KEPT = 200;

export const PANELS = ["faults", "calls", "clock"];

// How far the clock moves, in hours.
const STEPS = [["10 minutes", 1 / 6], ["1 hour", 1], ["4 hours", 4], ["1 day", 24]];

const FAULTS = [
  ["too_many", "429: Too Many Requests, retry after 3 s"],
  ["broken", "500: Internal Server Error"],
  ["lost_answer", "It happens, but the connection drops"],
  ["lost_call", "The connection drops before it happens"],
];

export class Panel {
  constructor(root, { report }) {
    this.root = root;
    this.report = report;
    this.shown = null;
    this.calls = [];
  }

  open(world) {
    this.calls = world.calls ?? [];
    this.people = world.people;
    this.movedS = world.moved_s;
    this.#draw();
  }

  call(call) {
    this.calls.push(call);
    this.calls.splice(0, this.calls.length - CALLS_KEPT);
    if (this.shown === "calls") this.list.prepend(row(call));
  }

  clock(movedS) {
    this.movedS = movedS;
    if (this.shown === "clock") this.#drawClock();
  }

  toggle(what) {
    this.shown = this.shown === what ? null : what;
    for (const name of PANELS) {
      document.getElementById(`${name}-button`).setAttribute("aria-expanded", String(this.shown === name));
    }
    this.#draw();
  }

  #draw() {
    this.root.hidden = this.shown === null;
    if (this.shown === "calls") this.#drawCalls();
    if (this.shown === "faults") this.#drawFaults();
    if (this.shown === "clock") this.#drawClock();
  }

  #drawCalls() {
    this.list = document.createElement("ol");
    this.list.className = "calls";
    this.list.append(...this.calls.map(row).reverse());
    this.root.replaceChildren(heading("Calls of the Bot API, newest first"), this.list);
  }

  #drawClock() {
    const now = new Date(Date.now() + this.movedS * 1000);
    const time = document.createElement("p");
    const shown = now.toLocaleString([], { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    time.textContent = `In this chat it is ${shown}. Reminders, leases and ages follow this clock; rate limits do not.`;
    const form = document.createElement("form");
    for (const [text, hours] of STEPS) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text;
      button.addEventListener("click", () => this.#act("clock", { by_s: hours * 3600 }));
      form.append(button);
    }
    this.root.replaceChildren(heading("Let time pass"), time, form);
  }

  #drawFaults() {
    const form = document.createElement("form");
    const kind = select("What happens", FAULTS);
    const method = select("To which call", [
      ["", "any"], ["sendMessage", "sendMessage"], ["sendPhoto", "sendPhoto"],
      ["editMessageText", "editMessageText"], ["editMessageMedia", "editMessageMedia"],
    ]);
    const times = select("How often", [["1", "once"], ["3", "3 times"], ["10", "10 times"]]);
    const button = document.createElement("button");
    button.textContent = "Let it happen";
    form.append(kind, method, times, button);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const [fault, where, often] = [...form.querySelectorAll("select")].map((s) => s.value);
      const plan = { kind: fault, method: where || null, times: Number(often), retry_after_s: 3 };
      if (await this.#act("faults", plan)) this.report("The next matching call fails");
    });
    this.root.replaceChildren(heading("Faults"), form, this.#blocking());
  }

  #blocking() {
    const form = document.createElement("form");
    const customers = this.people.filter((person) => person.role === "customer");
    const who = select("Who blocks the bot", customers.map((p) => [p.id, p.name]));
    const button = document.createElement("button");
    button.textContent = "Block or unblock";
    form.append(who, button);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const id = Number(form.querySelector("select").value);
      const person = this.people.find((p) => p.id === id);
      if (!(await this.#act("block", { user_id: id, blocked: !person.blocked }))) return;
      person.blocked = !person.blocked;
      this.report(`${person.name} ${person.blocked ? "blocks the bot" : "lets the bot write"}`);
    });
    return form;
  }

  #act(what, body) {
    return act(what, body).catch((e) => this.report(e.message));
  }
}

function heading(text) {
  const element = document.createElement("h2");
  element.textContent = text;
  return element;
}

function select(title, options) {
  const label = document.createElement("label");
  const field = document.createElement("select");
  field.append(...options.map(([value, text]) => new Option(text, value)));
  label.append(title, field);
  return label;
}

function row({ method, chat_id: chatId, outcome, took_ms: tookMs }) {
  const item = document.createElement("li");
  const ok = outcome === "ok";
  if (!ok) item.className = "failed";
  item.textContent = `${method}${chatId ? ` → ${chatId}` : ""} ${ok ? `${tookMs} ms` : outcome}`;
  return item;
}
