import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { drawTerminal, withoutMachine } from "../../../scripts/screenshots/terminal";
import { project } from "../../support/documents";

const folder = join(project, "docs/images");
const readme = readFileSync(join(project, "README.md"), "utf8");

test("README.md shows every picture with a text alternative, and every picture is smaller than 150 kB", () => {
  const shown = [...readme.matchAll(/\b(?:src|srcset)="docs\/images\/([^"]+)"/g)].map(([, name]) => name);
  expect(shown.toSorted()).toEqual(readdirSync(folder).toSorted());
  for (const [tag] of readme.matchAll(/<img [^>]*>/g)) expect(tag).toMatch(/ alt="[^"]{30,}"/);
  for (const name of shown) expect(statSync(join(folder, `${name}`)).size).toBeLessThan(150_000);
});

test("the picture of npm start shows every media path, and no token, address or folder of the machine", () => {
  const text = readFileSync(join(folder, "start.svg"), "utf8");
  for (const path of ["direct UDP", "direct TCP", "TURN/UDP", "TURN/TCP", "TURN/TLS", "wss through nginx"]) {
    expect(text).toMatch(new RegExp(`│ ${path} .*passed`));
  }
  expect(text).not.toMatch(/eyJ|#[A-Za-z0-9]{20}|\s\/\w+\//);
  for (const [address] of text.matchAll(/\d+(\.\d+){3}/g)) expect(address).toMatch(/^(127\.|192\.0\.2\.)/);
});

test('a picture of terminal output keeps the text of the output and colors the word "passed"', () => {
  const svg = drawTerminal("npm start", "│ a & <b> │ passed │\n\nend\n");
  expect(svg).toContain('class="command">$ npm start</text>');
  expect(svg).toContain('>│ a &amp; &lt;b&gt; │ <tspan class="passed">passed</tspan> │</text>');
  expect(svg.match(/<text /g)).toHaveLength(3);
});

test("a picture of terminal output replaces the machine's addresses, keeps loopback addresses and omits the project folder", () => {
  const printed = "wss://10.1.2.3 (trust /home/ada/stack/.state/ca.crt), ws://127.0.0.1:7880";
  expect(withoutMachine(printed, "/home/ada/stack")).toBe(
    "wss://192.0.2.10 (trust .state/ca.crt), ws://127.0.0.1:7880",
  );
});
