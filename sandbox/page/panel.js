// The panel beside the chats: which calls the bot made, and faults to make Telegram fail with.

import { act } from "./api.js";

const CALLS_KEPT = 200;

const FAULTS = [
  ["retry", "429: Too Many Requests, retry in 3 s"],
  ["server", "500: Internal Server Error"],
  ["lost", "Time-out after delivery"],
  ["silent", "Time-out before delivery"],
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
    this.#draw();
  }

  call(call) {
    this.calls.push(call);
    this.calls.splice(0, this.calls.length - CALLS_KEPT);
    if (this.shown === "calls") this.list.prepend(row(call));
  }

  toggle(what) {
    this.shown = this.shown === what ? null : what;
    for (const name of ["faults", "calls"]) {
      document.getElementById(`${name}-button`).setAttribute("aria-expanded", String(this.shown === name));
    }
    this.#draw();
  }

  #draw() {
    this.root.hidden = this.shown === null;
    if (this.shown === "calls") this.#drawCalls();
    if (this.shown === "faults") this.#drawFaults();
  }

  #drawCalls() {
    this.list = document.createElement("ol");
    this.list.className = "calls";
    this.list.append(...this.calls.map(row).reverse());
    this.root.replaceChildren(heading("Calls of the Bot API, newest first"), this.list);
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
      await this.#do({ do: "fault", fault, method: where || null, times: Number(often) });
      this.report("The next matching call fails");
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
      const answer = await this.#do({ do: "block", user_id: Number(form.querySelector("select").value) });
      if (answer) this.report(answer.blocked ? "Blocked" : "Unblocked");
    });
    return form;
  }

  #do(what) {
    return act(what).catch((e) => this.report(e.message));
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

function row({ method, chat_id: chatId, ok, description, ms }) {
  const item = document.createElement("li");
  if (!ok) item.className = "failed";
  item.textContent = `${method}${chatId ? ` → ${chatId}` : ""} ${ok ? "" : description ?? "no answer"} ${ms ?? ""} ms`;
  return item;
}
