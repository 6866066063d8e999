// The topics of the group: their names, which one is shown, and what an admin does to them.

export const ALL = "all";
export const GENERAL = "general";

const ACTS = [["close", "Close this topic"], ["reopen", "Reopen this topic"], ["delete", "Delete this topic"]];

export class Topics {
  constructor(select, { choose, create, change }) {
    this.select = select;
    this.names = new Map();
    this.shown = ALL;
    select.addEventListener("change", async () => {
      const wanted = select.value;
      if (wanted === "new") {
        const id = await create(`Topic ${this.names.size + 1}`);
        this.shown = id ? String(id) : this.shown;
      } else if (ACTS.some(([act]) => act === wanted)) {
        await change(Number(this.shown), wanted);
        if (wanted === "delete") this.shown = ALL;
      } else {
        this.shown = wanted;
      }
      this.#draw();
      choose();
    });
  }

  // Learn the names from the messages that announce topics.
  read(messages) {
    this.names.clear();
    this.shown = ALL;
    for (const message of messages) this.learn(message);
    this.#draw();
  }

  learn(message) {
    if (message.forum_topic_created) this.names.set(message.message_id, message.forum_topic_created.name);
    const renamed = message.forum_topic_edited?.name;
    if (renamed) this.names.set(message.message_thread_id, renamed);
    if (message.forum_topic_created || renamed) this.#draw();
  }

  name(threadId) {
    return this.names.get(threadId) ?? "a deleted topic";
  }

  shows(message) {
    if (this.shown === ALL) return true;
    const threadId = message.forum_topic_created ? message.message_id : message.message_thread_id;
    return this.shown === GENERAL ? !threadId : String(threadId) === this.shown;
  }

  // Where a new message goes.
  get threadId() {
    return [ALL, GENERAL].includes(this.shown) ? null : Number(this.shown);
  }

  #draw() {
    const topics = [...this.names].map(([id, name]) => [String(id), `# ${name}`]);
    const acts = this.threadId === null ? [] : ACTS;
    const options = [[ALL, "all topics"], [GENERAL, "# General"], ...topics, ["new", "+ new topic"], ...acts];
    this.select.replaceChildren(...options.map(([value, text]) => new Option(text, value, false, value === this.shown)));
  }
}
