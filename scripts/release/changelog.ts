/** Matches the text below `## Unreleased`, up to the next version. */
const unreleased = /(?<=^## Unreleased\n)[\s\S]*?(?=^## |(?![\s\S]))/m;

/** Returns the next release's notes: the groups below `## Unreleased` that list a change. Empty if there is none. */
export function unreleasedNotes(changelog: string): string {
  const [text = ""] = unreleased.exec(changelog) ?? [];
  return text
    .split(/^(?=### )/m)
    .filter((group) => /^- /m.test(group))
    .map((group) => group.trim())
    .join("\n\n");
}

/** Moves the unreleased notes below a heading with the version and the date. */
export function withRelease(changelog: string, version: string, date: string): string {
  return changelog.replace(unreleased, () => `\n## ${version} - ${date}\n\n${unreleasedNotes(changelog)}\n\n`);
}
