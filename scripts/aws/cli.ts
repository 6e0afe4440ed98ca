import { CommandFailure } from "../../model/errors/command-failure";
import { knowsEndpoint, lowestAws } from "../../model/operator-tools";
import { cannot, fixAbove } from "../../model/user-error";
import type { Machine, RunOptions } from "../toolchain/machine";

/** Runs the AWS CLI in one region. The environment determines the credentials and the endpoint. */
export class AwsCli {
  private constructor(
    private readonly command: string,
    private readonly region: string,
    private readonly machine: Machine,
    private readonly profile: string | undefined,
  ) {}

  /**
   * Finds the AWS CLI on PATH.
   * @param profile AWS profile to use instead of the environment's, such as a stack's `aws:profile`
   * @throws UserError if the AWS CLI is missing or too old
   */
  static async find(region: string, machine: Machine, profile?: string): Promise<AwsCli> {
    const command = machine.which("aws");
    if (command === undefined) throw missing("it is not on PATH");
    const said = await machine.run(command, ["--version"]);
    if (!knowsEndpoint(said)) throw missing(`${said.trim() || command} is too old`);
    return new AwsCli(command, region, machine, profile);
  }

  /** Returns a copy that calls another region. */
  in(region: string): AwsCli {
    return new AwsCli(this.command, region, this.machine, this.profile);
  }

  /**
   * Runs an operation and returns its parsed JSON output.
   * @param args the operation and its options, as in a shell after `aws`
   * @throws UserError with the message of the AWS CLI
   */
  async call<Answer>(...args: readonly string[]): Promise<Answer> {
    const text = await this.text([...args, "--output", "json"]);
    return (text.trim() === "" ? {} : JSON.parse(text)) as Answer;
  }

  /**
   * Returns the content of an S3 object, or undefined if the object does not exist.
   * @param mostCharacters length at which longer content is cut. @default no limit
   */
  async object(bucket: string, key: string, mostCharacters?: number): Promise<string | undefined> {
    try {
      return await this.run(
        ["s3", "cp", "--quiet", `s3://${bucket}/${key}`, "-"],
        mostCharacters === undefined ? {} : { mostCharacters },
      );
    } catch (error) {
      if (error instanceof CommandFailure && /\(404\)|NoSuchKey/.test(error.output)) return undefined;
      throw errorWithFix(error);
    }
  }

  private text(args: readonly string[]): Promise<string> {
    return this.run(args).catch((error: unknown) => {
      throw errorWithFix(error);
    });
  }

  private run(args: readonly string[], options: Pick<RunOptions, "mostCharacters"> = {}): Promise<string> {
    const env = { AWS_PAGER: "", ...(this.profile && { AWS_PROFILE: this.profile }) };
    return this.machine.run(this.command, ["--region", this.region, ...args], { env, ...options });
  }
}

function missing(because: string) {
  return cannot(
    "aws",
    `the AWS CLI ${lowestAws[2]} or later is required, but ${because}`,
    "Install the AWS CLI: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
  );
}

/** Converts a failed command into an error for the user. The message of the AWS CLI states what to fix. */
function errorWithFix(error: unknown): unknown {
  if (!(error instanceof CommandFailure)) return error;
  const [operation = ""] = /aws .*/.exec(error.command) ?? [];
  const signedOut = /Unable to locate credentials|ExpiredToken|Token has expired/.test(error.output);
  return cannot(
    operation.split(" ").slice(0, 5).join(" "),
    error.output.trim(),
    signedOut ? "Sign in: aws sso login, or set AWS_PROFILE" : fixAbove,
  );
}
