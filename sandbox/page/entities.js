// Message text with entities -> DOM nodes. Only textContent is set, so typed text never becomes
// markup. Offsets are UTF-16 code units, as in JavaScript strings.

const TAGS = {
  bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};
const COMMAND = /^\/[a-z0-9_]{1,32}(@\w+)?/i;

// `onCommand` gets a command that was clicked, `onLink` an address.
export function richText(text, entities, onCommand, onLink) {
  const root = document.createDocumentFragment();
  fill(root, text, 0, text.length, [...(entities ?? [])].sort(outermostFirst), onCommand);
  root.querySelectorAll("a").forEach((link) => link.addEventListener("click", (event) => {
    event.preventDefault();
    onLink(link.href);
  }));
  return root;
}

function outermostFirst(a, b) {
  return a.offset - b.offset || b.length - a.length;
}

function fill(parent, text, from, to, entities, onCommand) {
  let at = from;
  while (entities.length && entities[0].offset < to) {
    const entity = entities.shift();
    const start = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    if (start >= end) continue;
    plain(parent, text.slice(at, start), onCommand);
    const inside = [];
    while (entities.length && entities[0].offset < end) inside.push(entities.shift());
    const node = element(entity, text.slice(start, end));
    if (node.tagName === "BUTTON") node.addEventListener("click", () => onCommand(node.textContent));
    else fill(node, text, start, end, inside, onCommand);
    parent.append(node);
    at = end;
    // The line break after a block belongs to the block.
    if (node.tagName === "BLOCKQUOTE" && text[at] === "\n") at += 1;
  }
  plain(parent, text.slice(at, to), onCommand);
}

function element(entity, text) {
  if (entity.type === "bot_command") return commandButton(text);
  if (entity.type === "url" || entity.type === "text_link") {
    const link = document.createElement("a");
    link.href = safe(entity.url ?? text);
    link.rel = "noreferrer";
    return link;
  }
  return document.createElement(TAGS[entity.type] ?? "span");
}

function safe(address) {
  return /^https?:\/\//i.test(address) ? address : "#";
}

// Clients make commands in a bot's messages clickable by themselves.
function plain(parent, text, onCommand) {
  let rest = text;
  let match;
  while ((match = /(^|\s)\/[a-z][a-z0-9_]{0,31}\b/i.exec(rest))) {
    const start = match.index + match[1].length;
    const command = COMMAND.exec(rest.slice(start))[0];
    parent.append(rest.slice(0, start));
    const button = commandButton(command);
    button.addEventListener("click", () => onCommand(command));
    parent.append(button);
    rest = rest.slice(start + command.length);
  }
  if (rest) parent.append(rest);
}

function commandButton(text) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "command";
  button.textContent = text;
  return button;
}
