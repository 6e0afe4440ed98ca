import fc from "fast-check";
import { sanitizedJson, sanitizeText } from "../../../model/sanitize";
import { formatErrors } from "../../../model/user-error";
import { executedParts, harmlessText, hostileText, otherLines, workflowCommands } from "../../support/remote-text";

/** Texts of the characters that control terminals, workflow commands and their surroundings. */
const pieces = [
  "\u001b",
  "\u009b",
  "[",
  "]",
  "31m",
  "\u0007",
  "\u202e",
  "\r",
  "\n",
  "\t",
  ":",
  "::",
  "#",
  "##[",
  "\u200b",
  "\ufeff",
  "\u2028",
];
const texts = fc
  .array(fc.constantFrom(...pieces, "add-path", " ", "x"), { maxLength: 20 })
  .map((parts) => parts.join(""));

test("sanitizeText removes escape sequences, control characters and bidirectional controls", () => {
  expect(executedParts(hostileText)).not.toEqual([]);
  expect(sanitizeText(hostileText)).toBe(harmlessText);
});

test.each(workflowCommands)("sanitizeText keeps GitHub's runner from executing %j", (line) => {
  expect(executedParts(`before\n${line}`)).not.toEqual([]);
  const sanitized = sanitizeText(`before\n${line}`);
  expect(executedParts(sanitized)).toEqual([]);
  expect(sanitized.replace("\\", "")).toBe(`before\n${line}`);
});

test.each([...otherLines, "Grüße\n\t✓ 日本 👩‍💻 שלום"])("sanitizeText does not change %j", (text) => {
  expect(sanitizeText(text)).toBe(text);
});

test("no text has a part that a terminal or GitHub's runner executes after sanitizeText", () => {
  fc.assert(fc.property(texts, (text) => expect(executedParts(sanitizeText(text))).toEqual([])));
});

test("sanitizeText does not change a text that it returned", () => {
  fc.assert(fc.property(texts, (text) => expect(sanitizeText(sanitizeText(text))).toBe(sanitizeText(text))));
});

test.each([
  "\ufeff",
  "\u2028",
  "\u3000",
  " ",
  "\n",
  ":",
  ":\u200b",
  "#\u200b",
  "#\ufeff#",
  "\u001b",
  "\u001b]",
  "\u001b[;?",
  ";?",
  "::a ",
  "::a :\u200b",
])("sanitizeText needs less than a second for 5,000 times %j", (piece) => {
  const start = performance.now();
  for (const first of ["", "x", "::a", "\u001b", "\u001b]"]) {
    const text = first + piece.repeat(5000);
    expect(executedParts(sanitizeText(text))).toEqual([]);
    sanitizedJson(text);
  }
  expect(performance.now() - start).toBeLessThan(1000);
});

test("sanitizedJson has no part that a terminal or GitHub's runner executes, and keeps every value", () => {
  const values = fc.oneof(texts, fc.record({ text: texts, list: fc.array(texts) }), fc.dictionary(texts, texts));
  fc.assert(
    fc.property(values, (value) => {
      expect(executedParts(sanitizedJson(value))).toEqual([]);
      expect(JSON.parse(sanitizedJson(value))).toEqual(value);
    }),
  );
});

test("the message of a UserError contains no control characters and no workflow command", () => {
  const rule = [hostileText, ...workflowCommands].join("\n");
  const message = formatErrors([{ key: hostileText, rule, fix: "Fix it" }]);
  expect(executedParts(message)).toEqual([]);
  expect(message).toContain(`${harmlessText}: ${harmlessText}\n`);
});
