// The live feed: what changed, by server-sent events; what it is, by fragments. A page that is cut off says so.

import { fragment } from "./server.js";
import { hide, show } from "./say.js";

const SILENT_MS = 15000; // the server is heard every 10 s
const AGAIN_MS = 2000;

export function follow(url, after, heard) {
  let source = null;
  let last = after;
  let heardAt = Date.now();
  let isCutOff = false;

  function alive() {
    heardAt = Date.now();
    if (!isCutOff) return;
    isCutOff = false;
    hide();
    heard.resync();
  }

  function on(name, act) {
    source.addEventListener(name, (event) => {
      alive();
      const said = JSON.parse(event.data);
      if (said.seq) last = Math.max(last, said.seq);
      act?.(said);
    });
  }

  function connect() {
    const address = new URL(url, location.href);
    address.searchParams.set("after", String(last));
    source = new EventSource(address);
    source.addEventListener("open", alive);
    source.addEventListener("error", failed);
    on("change", heard.change);
    on("resync", heard.resync);
    on("live", heard.live);
    on("beat", heard.beat);
  }

  // The browser comes back by itself unless it was refused: then the session may be over, which a fragment tells.
  async function failed() {
    if (source.readyState !== EventSource.CLOSED) return;
    await fragment(document.getElementById("header").dataset.fragment, { background: true }).catch(() => {});
    setTimeout(connect, AGAIN_MS);
  }

  setInterval(() => {
    if (isCutOff || Date.now() - heardAt < SILENT_MS) return;
    isCutOff = true;
    show("Cut off from the console since 15 s: new alerts do not appear. Trying again…", { stays: true });
  }, 1000);
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); }); // nothing shown from memory
  connect();
}
