const { relative } = require("node:path");
const { default: Sequencer } = require("@jest/test-sequencer");
const { kinds, startFirst } = require("../kinds.json");

const kindOrder = new Map(kinds.map(({ name }, index) => [name, startFirst.length + index]));

/**
 * Ranks the longest files first (`startFirst` in test/kinds.json), then the kinds in the order of that file. Short
 * files fill the end of a run.
 */
function rank({ path, context }) {
  const { rootDir, displayName } = context.config;
  const index = startFirst.indexOf(relative(rootDir, path));
  return index === -1 ? kindOrder.get(displayName?.name) : index;
}

/** Keeps jest's own order within a kind: failed first, then slowest or largest. */
module.exports = class SlowestFirst extends Sequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((one, other) => rank(one) - rank(other));
  }
};
