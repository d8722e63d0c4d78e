import { KeepsakeError } from "../../base/errors.ts";
import { recordId } from "../../protocol/schemas.ts";
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
  details: ["Without text it is read from standard input to its end."],
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
    if (supersedes !== undefined && !recordId.safeParse(supersedes).success) {
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
    const saved = done(
      await client.call(
        "memory.save",
        {
          text: body,
          ...(project !== undefined && { project }),
          ...given,
          ...(at && { at }),
          ...(supersedes && { supersedes }),
          ...(options.keepSecrets && { keepSecrets: true }),
        },
        { signal: context.signal },
      ),
    );
    if (options.json) printJson(screen.out, saved);
    else screen.out.write(`${saved.id}\n`);
    reportSecrets(screen.err, saved);
  },
});
