/** What became of secrets in what was stored, on standard error: the answer itself says it too. */
import { counted } from "../../base/shown-values.ts";
import { flag } from "../framework/command.ts";
import type { Sink } from "../context.ts";
import { reportHint } from "./report-error.ts";

export const keepSecretsOption = {
  keepSecrets: flag("store secrets as they are, instead of [redacted: …] in their place"),
};

export function reportSecrets(
  err: Sink,
  {
    redacted = 0,
    keptSecrets = 0,
  }: { readonly redacted?: number | undefined; readonly keptSecrets?: number | undefined },
): void {
  if (redacted > 0)
    reportHint(
      err,
      `${counted(redacted, "secret")} replaced by [redacted: …]; --keep-secrets stores a text as given`,
    );
  if (keptSecrets > 0)
    reportHint(err, `${counted(keptSecrets, "secret")} stored as given, since --keep-secrets was`);
}
