import type { Page } from "playwright-core";
import { required } from "../../model/required";
import type { RunningBrowser } from "../toolchain/browser";

const schemes = ["light", "dark"] as const;

/** Lets two participants meet on the call page. @returns a PNG file of the second one's page for each color scheme */
export async function photographCall(
  browser: RunningBrowser,
  link: string,
): Promise<Record<(typeof schemes)[number], Buffer>> {
  const ada = await join(browser, link, "Ada");
  const invitation = await ada.getByRole("link", { name: "Open in another tab" }).getAttribute("href");
  // Photographs Grace's page, which has no invitation: Ada's shows a link and QR code that contain a token.
  const grace = await join(browser, required(invitation ?? undefined, "link of the invitation"), "Grace");
  for (const figure of ["#sending", "#receiving"]) await grace.locator(figure, { hasText: "bit/s" }).waitFor();
  await grace.locator("#round-trip", { hasText: "ms" }).waitFor();
  const pictures = [];
  for (const colorScheme of schemes) {
    await grace.emulateMedia({ colorScheme });
    pictures.push([colorScheme, await grace.screenshot({ fullPage: true })]);
  }
  return Object.fromEntries(pictures);
}

async function join({ browser }: RunningBrowser, link: string, name: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 960, height: 600 } });
  await page.goto(link);
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("a generated picture and tone").check();
  await page.getByRole("button", { name: "Join" }).click();
  await page.getByRole("button", { name: "Leave" }).waitFor();
  return page;
}
