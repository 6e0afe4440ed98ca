// The smallest possible program: one component resource without children.
const { ComponentResource } = require("@pulumi/pulumi");

exports.program = async () => {
  new ComponentResource("empty:program:Nothing", "nothing");
};
