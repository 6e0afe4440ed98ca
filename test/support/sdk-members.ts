import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { projectFolder } from "../../stacks/env";

/** The members that an SDK type declares, and the required ones. */
interface Members {
  readonly all: readonly string[];
  readonly required: readonly string[];
}

/** Returns the members of an interface or class in the SDK's file of a token such as `aws:ec2/vpc:Vpc`. */
export function sdkMembers(token: string, name: string): Members {
  const [, file = ""] = token.split(":");
  const path = join(projectFolder, "node_modules/@pulumi/aws", `${file.replace(/^index\//, "")}.d.ts`);
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest);
  const declared = source.statements.find(
    (node): node is ts.InterfaceDeclaration | ts.ClassDeclaration =>
      (ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node)) && node.name?.text === name,
  );
  const found = [...(declared?.members ?? [])].flatMap((member) =>
    member.name && ts.isIdentifier(member.name)
      ? [{ name: member.name.text, optional: "questionToken" in member && member.questionToken !== undefined }]
      : [],
  );
  return {
    all: found.map((member) => member.name),
    required: found.filter(({ optional }) => !optional).map((member) => member.name),
  };
}
