// The smallest possible Pulumi program: one component resource without children. The start-up benchmark compares this
// project's program with it.
const { ComponentResource } = require("@pulumi/pulumi");

exports.program = async () => {
  new ComponentResource("empty:program:Nothing", "nothing");
};
