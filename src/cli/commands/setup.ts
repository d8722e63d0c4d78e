import { stat } from "node:fs/promises";
import { KeepsakeError, hasCode } from "../../base/errors.ts";
import { HOST_IDS } from "../../setup/hosts/host-ids.ts";
import type { SetupHost } from "../../setup/hosts/setup-host.ts";
import { yesOption } from "../asking/agreement.ts";
import { setUpHost, takeBack } from "../asking/set-up.ts";
import type { Context } from "../context.ts";
import type { CommandDefinition } from "../framework/command.ts";
import { command, flag, maybe } from "../framework/command.ts";
import { notOneOfError } from "../framework/not-one-of.ts";
import { jsonOption } from "../options/output-options.ts";
import { printJson } from "../output/json.ts";
import { reportHint } from "../output/report-error.ts";
import { hostJson, hostRow } from "../output/setup-view.ts";
import { formatTable } from "../output/text-table.ts";

const WHOLE_IMPORT = {
  project: undefined,
  newProject: false,
  noProject: false,
  format: undefined,
  ownExport: false,
  again: false,
  forgetRemoved: false,
  json: false,
};

/** @param importCommand - brings in what a host has kept so far */
export const setupWith = (importCommand: CommandDefinition) =>
  command({
    name: "setup",
    group: "set-up",
    summary: "Give keepsake to a host: its MCP server, its hooks and a client of its own.",
    details: [
      "Without a host it shows which ones are found, what stands in their files and what would change.",
      "It shows every change first and asks. A file that it cannot read is left as it is; --remove puts each file back byte for byte, or takes out only what is keepsake's where the file was changed since.",
      "At the end it counts what the host has on disk, and offers to import it.",
    ],
    arguments: [maybe("host", HOST_IDS.join(", "), HOST_IDS)],
    options: {
      remove: flag("take it back"),
      dryRun: flag("show what would change, change nothing"),
      import: flag("import what the host has on disk without asking"),
      noImport: flag("do not offer to import"),
      ...yesOption,
      ...jsonOption,
    },
    examples: [
      ["keepsake setup", "which hosts there are"],
      ["keepsake setup claude-code", "hooks, MCP server and a skill, as a plugin"],
      ["keepsake setup codex --dry-run", "what would be written into which file"],
      ["keepsake setup cursor --remove", "as it was before"],
    ],
    run: async ({ words, options }, context) => {
      const [id] = words;
      if (options.import && (options.noImport || options.remove || options.dryRun || options.json))
        throw new KeepsakeError(
          "USAGE",
          "--import goes with none of --no-import, --remove, --dry-run and --json",
        );
      if (id === undefined) {
        if (options.remove || options.dryRun || options.import || options.yes)
          throw new KeepsakeError("USAGE", "name the host that is meant", {
            hint: 'run "keepsake setup" to see which there are',
          });
        await showHosts(options.json, context);
        return;
      }
      const { SETUP_HOSTS } = await import("../../setup/hosts/host-table.ts");
      const host = SETUP_HOSTS.find((each) => each.id === id);
      if (host === undefined) throw notOneOfError(`setup takes ${HOST_IDS.join(", ")}`, id, HOST_IDS);
      const outcome = await (options.remove ? takeBack : setUpHost)(host, options, context);
      if (options.json) printJson(context.screen.out, outcome);
      if (outcome.status === "planned" || options.remove) return;
      const paths = options.json || options.noImport ? [] : await keptBy(host, context);
      if (!(await context.hasVault())) {
        const init = 'there is no vault yet, so nothing is kept: run "keepsake init"';
        reportHint(context.screen.err, paths.length === 0 ? init : `${init}, then ${importWords(host)}`);
      } else if (paths.length > 0) await startFull(host, paths, options.import, importCommand, context);
    },
  });

async function showHosts(json: boolean, context: Context): Promise<void> {
  const [{ SETUP_HOSTS }, { planHost }, { registrationOf }] = await Promise.all([
    import("../../setup/hosts/host-table.ts"),
    import("../../setup/plan.ts"),
    import("../../setup/registration.ts"),
  ]);
  const surroundings = context.setup();
  const { out, lineWidth } = context.screen;
  const rows = [];
  for (const host of SETUP_HOSTS) {
    const plan = await planHost(surroundings, host);
    rows.push({ plan, registration: await registrationOf(surroundings, plan) });
  }
  if (json) {
    printJson(
      out,
      rows.map(({ plan, registration }) => hostJson(registration, plan)),
    );
    return;
  }
  out.write(
    formatTable(
      rows.map(({ plan, registration }) => hostRow(registration, plan, out)),
      lineWidth,
    ),
  );
}

/** An empty memory helps nobody: what the host has kept so far is counted, and imported when the person wants it. */
async function startFull(
  host: SetupHost,
  paths: readonly string[],
  isWanted: boolean,
  importCommand: CommandDefinition,
  context: Context,
): Promise<void> {
  const { ask, screen } = context;
  const bring = (dryRun: boolean) =>
    importCommand.run({ words: [...paths], options: { ...WHOLE_IMPORT, dryRun } }, context);
  try {
    if (!isWanted) {
      if (ask === undefined) {
        reportHint(screen.err, importWords(host));
        return;
      }
      await bring(true);
      if (!(await ask.confirm(`Import what ${host.title} has kept so far?`, true))) return;
    }
    await bring(false);
  } catch (error) {
    // A folder without conversations is as good as none.
    if (hasCode(error, "INVALID_INPUT")) return;
    if (!hasCode(error, "VAULT_SEALED", "VAULT_MISSING")) throw error;
    const what = error.code === "VAULT_SEALED" ? "keepsake unlock" : "keepsake init";
    reportHint(screen.err, `run "${what}", then ${importWords(host)}`);
  }
}

/** Files and folders that are there. */
async function keptBy(host: SetupHost, context: Context): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const path of host.conversations(context.setup().around)) if (await isThere(path)) paths.push(path);
  return paths;
}

function importWords({ id, title }: SetupHost): string {
  return `run "keepsake setup ${id} --import" to bring in what ${title} has kept so far`;
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
