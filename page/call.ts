import { setLogLevel } from "livekit-client";
import { type Figures, milliseconds } from "./figures";
import { showInvitations } from "./invitations";
import { type Ticket, ticketsOf } from "./link";
import { fromDevices, generated, type OwnMedia } from "./media";
import { routes } from "./route";
import { Session } from "./session";
import { Tiles } from "./tiles";
import { noTicket, whyNotJoined } from "./words";

const lobby = element("lobby", HTMLFormElement);
const call = element("call");
const heading = element("heading");
const problem = element("problem");
const join = element("join", HTMLButtonElement);
const microphone = element("microphone");
const camera = element("camera");
const sound = element("sound");
const tiles = new Tiles(element("tiles"));
let session: Session | undefined;

// Turns off the SDK's logging, because the page shows errors to its user.
setLogLevel("silent");
// Reloads the page if a link is opened in this tab: it differs only in the fragment, so the browser itself does not
// reload.
addEventListener("hashchange", () => location.reload());
sound.addEventListener("click", () => session?.playSound());
element("leave").addEventListener("click", () => session?.leave());
toggles(microphone, (on) => session?.setMicrophone(on));
toggles(camera, (on) => session?.setCamera(on));
welcome(takeTickets());

/**
 * Reads the link's tickets and removes them from the address bar and from the tab's history, so that a shared screen or
 * a copied address does not contain them. They stay in memory only: browsers copy session storage and history state to
 * a duplicated tab, which would then replace this tab's participant.
 */
function takeTickets(): Ticket[] {
  const tickets = ticketsOf(location.hash);
  history.replaceState(null, "", location.pathname);
  return tickets;
}

function welcome([ticket, ...spare]: readonly Ticket[]): void {
  if (ticket === undefined) {
    showProblem(noTicket);
    return;
  }
  heading.textContent = `Room ${ticket.room}`;
  showInvitations(element("invitations"), element("links"), spare);
  offerRoutes(element("route"));
  lobby.addEventListener("submit", (event) => {
    event.preventDefault();
    void enter(ticket, new FormData(lobby));
  });
  lobby.hidden = false;
  element("name").focus();
}

async function enter(ticket: Ticket, form: FormData): Promise<void> {
  const name = String(form.get("name")).trim();
  const route = routes[String(form.get("route"))] ?? routes["automatic"];
  if (name === "" || route === undefined) return;
  showProblem();
  showNews("Joining ...");
  join.disabled = true;
  const entering = new Session(tiles, {
    told: showNews,
    measured: show,
    silenced: (silenced) => {
      sound.hidden = !silenced;
    },
    ended: leaveCall,
  });
  const media = form.get("media") === "generated" ? generated(name) : await fromDevices(name);
  try {
    const joinedAfter = await entering.join({ ticket, name, route });
    session = entering;
    enterCall(joinedAfter, media);
    await entering.publish(media, name);
  } catch (error) {
    for (const track of media.tracks) track.stop();
    await entering.leave();
    showNews("");
    showProblem(whyNotJoined(error, ticket));
  } finally {
    join.disabled = false;
  }
}

function enterCall(joinedAfter: number, { notice }: OwnMedia): void {
  lobby.hidden = true;
  call.hidden = false;
  for (const button of [microphone, camera]) button.setAttribute("aria-pressed", "true");
  element("joined").textContent = milliseconds(joinedAfter);
  showNews(notice ?? "You are in.");
  heading.focus();
}

function leaveCall(why?: string): void {
  session = undefined;
  call.hidden = true;
  lobby.hidden = false;
  showNews(why === undefined ? "You left." : "");
  showProblem(why);
  join.focus();
}

function show({ path, roundTrip, sending, receiving, loss }: Figures): void {
  const shown = { path, "round-trip": roundTrip, sending, receiving, loss };
  for (const [id, text] of Object.entries(shown)) element(id).textContent = text;
}

function offerRoutes(select: HTMLElement): void {
  for (const [value, { label }] of Object.entries(routes)) select.append(new Option(label, value));
}

/** Makes a toggle button, pressed while its device is on. */
function toggles(button: HTMLElement, set: (on: boolean) => unknown): void {
  button.addEventListener("click", async () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    try {
      await set(on);
      button.setAttribute("aria-pressed", String(on));
    } catch (error) {
      showProblem((error as Error).message);
    }
  });
}

function showNews(news: string): void {
  element("news").textContent = news;
}

function showProblem(what = ""): void {
  problem.textContent = what;
  problem.hidden = what === "";
}

function element(id: string): HTMLElement;
function element<T extends HTMLElement>(id: string, type: new () => T): T;
function element(id: string, type: new () => HTMLElement = HTMLElement): HTMLElement {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${id}`);
  return found;
}
