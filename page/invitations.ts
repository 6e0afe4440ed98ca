import { encode } from "uqr";
import { callLink, type Ticket } from "./link";

/** Shows an invitation link for each further participant: to open, to copy, and as a QR code for phones. */
export function showInvitations(section: HTMLElement, list: HTMLElement, tickets: readonly Ticket[]): void {
  section.hidden = tickets.length === 0;
  list.replaceChildren(...tickets.map(({ token }) => invitation(callLink(location.origin, [token]))));
}

function invitation(link: string): HTMLElement {
  const item = document.createElement("li");
  item.append(opener(link), copier(link), ...(reachesOthers(location.hostname) ? [code(link)] : []));
  return item;
}

function opener(link: string): HTMLElement {
  const anchor = Object.assign(document.createElement("a"), { href: link, target: "_blank", rel: "noopener" });
  anchor.textContent = "Open in another tab";
  return anchor;
}

function copier(link: string): HTMLElement {
  const button = Object.assign(document.createElement("button"), { type: "button" });
  button.textContent = "Copy the link";
  button.addEventListener("click", async () => {
    const copied = await navigator.clipboard.writeText(link).then(
      () => true,
      () => false,
    );
    button.textContent = copied ? "Copied" : "This browser does not copy: press long on the link beside";
  });
  return button;
}

/** Reports whether other machines can use the host name. Loopback names reach only this machine. */
function reachesOthers(host: string): boolean {
  return host !== "localhost" && !host.startsWith("127.");
}

/** Draws a QR code, always dark on light: not every camera reads inverted codes. */
function code(link: string): HTMLElement {
  const { data, size } = encode(link, { border: 2 });
  const canvas = Object.assign(document.createElement("canvas"), { width: size, height: size });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "The link as a QR code");
  const context = canvas.getContext("2d");
  if (context === null) return canvas;
  context.fillStyle = "white";
  context.fillRect(0, 0, size, size);
  context.fillStyle = "black";
  data.forEach((row, y) => {
    row.forEach((dark, x) => {
      if (dark) context.fillRect(x, y, 1, 1);
    });
  });
  return canvas;
}
