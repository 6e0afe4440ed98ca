import { version } from "@pulumi/command/package.json";
import { serve } from "../plugin/server";
import { command } from "./command";

serve({ name: "command", version, types: [command], configuration: [] });
