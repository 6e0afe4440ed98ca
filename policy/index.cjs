// Where Pulumi's runner of policy packs begins. It has set up ts-node, which would check the types of the whole program at
// each preview: the project's own loader takes its place.
delete require.extensions[".ts"];
require("../scripts/lib/typescript.cjs");
require("./pack");
