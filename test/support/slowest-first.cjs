const { relative } = require("node:path");
const { default: Sequencer } = require("@jest/test-sequencer");
const { kinds, startFirst } = require("../kinds.json");

const kindOrder = new Map(kinds.map(({ name }, index) => [name, startFirst.length + index]));

/** The longest files first, then kinds in the order of their table: short files fill the end of a run. */
function rank({ path, context }) {
  const { rootDir, displayName } = context.config;
  const index = startFirst.indexOf(relative(rootDir, path));
  return index === -1 ? kindOrder.get(displayName?.name) : index;
}

/** Within a kind, jest's own order: failed first, then slowest or largest first. */
module.exports = class SlowestFirst extends Sequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((one, other) => rank(one) - rank(other));
  }
};
