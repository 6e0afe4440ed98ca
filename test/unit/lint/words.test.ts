import { findTerms, terms } from "../../../scripts/lint/words";

const camelCase = (words: string) => words.replace(/ (\w)/g, (_, letter: string) => letter.toUpperCase());

test.each(terms.filter(({ prose }) => !prose).map(({ words }) => words))(
  "the word check finds %j in prose and in identifiers of every naming style",
  (words) => {
    const [first = "", ...rest] = words.split(" ");
    const forms = [
      `The ${words}, and more.`,
      `The ${first.replace(/^\w/, (letter) => letter.toUpperCase())} ${rest.join(" ")}.`,
      `const my${camelCase(`a ${words}`).slice(1)} = 1;`,
      `${words.replaceAll(" ", "_")}_of = 1`,
      `some-${words.replaceAll(" ", "-")}.ts`,
      `const ${camelCase(`no ${words}s`)} = [];`,
    ];
    for (const form of forms)
      expect([form, findTerms("docs/new.md", form).map((each) => each.words)]).toEqual([form, [words]]);
  },
);

test("the word check finds a phrase only if spaces separate its words, not in code", () => {
  expect(findTerms("docs/new.md", "the value of before")).toHaveLength(1);
  expect(findTerms("model/new.ts", "const old = setOf(before);")).toEqual([]);
});

test("the word check reports the line of a forbidden word and the word to use instead", () => {
  expect(findTerms("docs/new.md", "first\nthe judge\n")).toEqual([{ line: 2, words: "judge", instead: "validate" }]);
});

test("the word check allows a forbidden word in a context where it is the standard term", () => {
  expect(findTerms("page/call.css", "--ground: #fff")).toEqual([]);
  expect(findTerms("page/call.ts", "ground").length).toBe(1);
});

test("the word check allows a forbidden word within a longer standard term, and finds a forbidden word before 's", () => {
  expect(findTerms("docs/new.md", "the certificate authority signs it")).toEqual([]);
  expect(findTerms("docs/new.md", "the certificate authority asks another authority")).toHaveLength(1);
  expect(findTerms("docs/new.md", "nobody's file")).toHaveLength(1);
});

test("the word check does not find a forbidden word inside a longer word", () => {
  expect(findTerms("docs/new.md", "default background of amendments")).toEqual([]);
});
