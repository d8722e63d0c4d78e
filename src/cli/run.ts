/**
 * One run of the CLI: the command line is checked and parsed, the command runs, whatever goes wrong becomes a sentence and an
 * exit code. Nothing here touches the process; that is `cli-main.ts`.
 */
import { ERRORS, KeepsakeError, hasCode } from "../base/errors.ts";
import type { Context } from "./context.ts";
import { parseCommandLine } from "./framework/parse-command-line.ts";
import { withHelp } from "./framework/usage-errors.ts";
import { Declined } from "./asking/agreement.ts";
import { refuseExposedSecrets } from "./framework/exposed-secrets.ts";
import { openingContext } from "./opening-context.ts";
import { reportError } from "./output/report-error.ts";
import { COMMAND_NAMES, COMMON_OPTIONS, FAMILIES, PROGRAM, loadCommand } from "./registry.ts";

const EXIT_OK = 0;
const EXIT_INTERRUPTED = 130;

export interface RunEnvironment {
  readonly context: Context;
  readonly version: () => string;
}

/** Runs one command. @param argv - without the names of node and the program; @returns the exit code; never rejects */
export async function run(argv: readonly string[], environment: RunEnvironment): Promise<number> {
  const { screen } = environment.context;
  const exit = await runCommand(argv, environment);
  try {
    await screen.out.delivered();
    return exit;
  } catch (error) {
    const failed = reportError(screen.err, error);
    // What went wrong before says more.
    return exit === EXIT_OK || exit === ERRORS.NOT_FOUND.exit ? failed : exit;
  }
}

async function runCommand(argv: readonly string[], { context, version }: RunEnvironment): Promise<number> {
  const { screen, signal } = context;
  let running = "";
  try {
    refuseExposedSecrets(argv, context.environment);
    const { out, width } = screen;
    const match = await parseCommandLine(
      {
        ...PROGRAM,
        version,
        names: COMMAND_NAMES,
        load: loadCommand,
        families: FAMILIES,
        commonOptions: COMMON_OPTIONS,
      },
      argv,
      { write: out.write, width, bold: out.style.bold, dim: out.style.dim },
    );
    if (match === undefined) return EXIT_OK;
    const { command, words, options } = match;
    running = command.name;
    const asked = openingContext(context, {
      isAsking: options["noInput"] !== true,
      pinentry: options["pinentry"] === true,
    });
    if (command.asksSecrets === true) asked.ask?.quieten();
    return (await command.run({ words, options }, asked)) ?? EXIT_OK;
  } catch (error) {
    if (error instanceof Declined) {
      screen.err.write(`keepsake: ${error.message}\n`);
      return ERRORS[error.code].exit;
    }
    const help = `run "${[PROGRAM.name, running, "--help"].filter((word) => word !== "").join(" ")}"`;
    if (!signal.aborted)
      return reportError(screen.err, hasCode(error, "USAGE") ? withHelp(error, help) : error);
    reportError(screen.err, hasCode(error, "INTERRUPTED") ? error : new KeepsakeError("INTERRUPTED"));
    return EXIT_INTERRUPTED;
  } finally {
    context.ask?.close();
  }
}
