// The least that a program can be: one resource that does nothing.
const { ComponentResource } = require("@pulumi/pulumi");

exports.program = async () => {
  new ComponentResource("empty:program:Nothing", "nothing");
};
