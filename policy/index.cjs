// Entry point for Pulumi's policy pack runner. The runner has registered ts-node, which would type-check the whole
// program in each preview, so the project's own loader replaces it.
delete require.extensions[".ts"];
require("../scripts/lib/typescript.cjs");
require("./pack");
