// The page's requests to the sandbox: its state, its events, and acts of people.

export async function state() {
  return (await fetch("/page/state")).json();
}

// Perform an act of a person: `act("say", {user_id, chat_id, text})`. Throws with the reason of a refusal.
export async function act(what, body = {}) {
  const response = await fetch(`/sim/${what}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? response.statusText);
  return answer;
}

export const fileUrl = (fileId) => `/sim/files/${encodeURIComponent(fileId)}`;

// Calls `onEvent` for each event; `onOpen` after every (re)connection, when the state may be stale.
export function listen(onEvent, onOpen) {
  const source = new EventSource("/page/events");
  source.addEventListener("open", onOpen);
  source.addEventListener("message", (event) => onEvent(JSON.parse(event.data)));
}
