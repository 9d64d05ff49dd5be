// Fragments of pages from the server, and forms to it. Whoever is signed out or locked gets the page that says so.

export class Refusal extends Error {
  constructor(status, title, reason) {
    super(reason);
    this.status = status;
    this.title = title;
  }
}

let isLeaving = false;

// What the server sent for `url`, as elements. `background`: nobody touched anything, so it is no sign of activity.
export async function fragment(url, { form = null, background = false } = {}) {
  const headers = { "X-Fragment": "1" };
  if (background) headers["X-Background"] = "1";
  let answer;
  try {
    answer = await fetch(url, { method: form ? "POST" : "GET", body: form, headers, credentials: "same-origin" });
  } catch {
    throw new Refusal(0, "No answer", "The console does not answer.");
  }
  if (answer.status === 401 || answer.status === 423) {
    if (!isLeaving) location.reload();
    isLeaving = true;
    return new Promise(() => {}); // the page goes away
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (answer.ok) return page.body;
  const said = page.querySelector("#refused")?.dataset;
  throw new Refusal(answer.status, said?.title ?? "Refused", said?.reason ?? `The console answered ${answer.status}.`);
}

// A form as it would be sent by `submitter`, without files.
export function sent(form, submitter) {
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) fields.append(name, value);
  if (submitter?.name) fields.append(submitter.name, submitter.value);
  return fields;
}

const REST_MS = 200;

// Run `work` again and again as it is asked for, one at a time: what is asked for meanwhile is done once, after a rest,
// so that a burst of changes costs the server a few answers and not one for each change and page.
export function oneAtATime(work) {
  let running = false;
  let wanted = false;
  return async function run() {
    wanted = true;
    if (running) return;
    running = true;
    try {
      while (wanted) {
        wanted = false;
        await work();
        await new Promise((rested) => { setTimeout(rested, REST_MS); });
      }
    } finally {
      running = false;
    }
  };
}

// Put `made` in the place of what is in `place`, keeping the focus on what has the same id.
export function put(place, made) {
  const focused = document.activeElement?.id && place.contains(document.activeElement) ? document.activeElement.id : null;
  place.replaceChildren(...made.childNodes);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}
