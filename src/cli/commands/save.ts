import { KeepsakeError, hasCode } from "../../base/errors.ts";
import { isValid } from "../../protocol/client-view.ts";
import type { Result } from "../../protocol/method-table.ts";
import { any, command, text } from "../framework/command.ts";
import { newOptions, readGiven } from "../options/memory-options.ts";
import { done } from "../asking/agreement.ts";
import { jsonOption } from "../options/output-options.ts";
import { parseTime } from "../../client/spoken-times.ts";
import { readText } from "../options/read-text.ts";
import { saveScope } from "../asking/save-scope.ts";
import { saveScopeOptions } from "../options/project-options.ts";
import { printJson } from "../output/json.ts";
import { keepSecretsOption, reportSecrets } from "../output/secrets-found.ts";
import { storedSpelling } from "./get.ts";

/** Another machine's clock may be ahead of this one's. */
const MAX_AHEAD_MS = 60_000;

export const save = command({
  name: "save",
  group: "memories",
  summary: "Store a note and print its id.",
  details: [
    "Without text it is read from standard input to its end.",
    "While the vault is locked and nobody is there to open it, the note waits, sealed, until the next unlock, and no id is printed (--json: waiting). A note with --supersedes needs an open vault.",
  ],
  arguments: [any("text", "the note; - or nothing reads standard input")],
  options: {
    ...saveScopeOptions,
    ...newOptions,
    supersedes: text("ID", "the memory that this one replaces"),
    at: text("TIME", "when it happened, if not now"),
    ...keepSecretsOption,
    ...jsonOption,
  },
  examples: [
    ['keepsake save "Astrid needs labels of 34 px" --tag panel', "store a note in this repository's project"],
    ["git log -1 --format=%B | keepsake save --tag decision", "store what another program prints"],
  ],
  run: async ({ words, options }, context) => {
    const { clock, screen } = context;
    const supersedes = options.supersedes && storedSpelling(options.supersedes);
    if (supersedes !== undefined && !isValid("recordId", supersedes)) {
      throw new KeepsakeError("USAGE", "--supersedes takes the id of a memory: 26 letters and digits");
    }
    const now = clock.now();
    const given = await readGiven(options, now);
    const at = options.at && (await parseTime(options.at, "--at", { now, direction: "past" }));
    if (at !== undefined && Date.parse(at) > now + MAX_AHEAD_MS) {
      throw new KeepsakeError("USAGE", "--at names a time that lies ahead", {
        hint: "say when it happened; what is to come belongs in the text",
      });
    }
    // A new version belongs where the old one does, which the daemon knows.
    const isVersion = supersedes !== undefined && options.project === undefined && !options.noProject;
    const project = isVersion ? undefined : await saveScope(options, context);
    const body = await readText(words, context);
    const client = await context.connect("start");
    const note = {
      text: body,
      ...(project !== undefined && { project }),
      ...given,
      ...(at && { at }),
      ...(options.keepSecrets && { keepSecrets: true as const }),
    };
    const how = { signal: context.signal };
    const saved = await client
      .call("memory.save", { ...note, ...(supersedes && { supersedes }) }, how)
      .catch((error: unknown) => {
        // Nobody could be asked, did not want to be, or did not know the passphrase: nothing of it is lost.
        if (!hasCode(error, "VAULT_SEALED", "WRONG_PASSPHRASE")) throw error;
        if (supersedes !== undefined) throw hasCode(error, "VAULT_SEALED") ? uncheckableError(error) : error;
        return client.call("memory.leave", note, how);
      });
    if ("waiting" in saved && saved.id === undefined) {
      const { redacted, keptSecrets } = saved;
      if (options.json) {
        printJson(screen.out, {
          waiting: true,
          ...(redacted !== undefined && { redacted }),
          ...(keptSecrets !== undefined && { keptSecrets }),
        });
      }
      screen.err.write("locked: kept, sealed, until the next unlock\n");
      reportSecrets(screen.err, saved);
      return;
    }
    const stored = "waiting" in saved ? { ...withoutWaiting(saved), reused: false } : done(saved);
    if (options.json) printJson(screen.out, stored);
    else screen.out.write(`${stored.id}\n`);
    reportSecrets(screen.err, stored);
  },
});

/** Unlocked in between: stored after all. */
function withoutWaiting({ waiting: _none, ...saved }: Result<"memory.leave">) {
  return saved;
}

/** What a version belongs to, only an open vault knows. */
function uncheckableError(cause: KeepsakeError): KeepsakeError {
  return new KeepsakeError(
    "VAULT_SEALED",
    "what a note supersedes cannot be looked at while the vault is locked",
    {
      hint: 'run "keepsake unlock" in a terminal, then retry; or save it as a note of its own',
      cause,
    },
  );
}
