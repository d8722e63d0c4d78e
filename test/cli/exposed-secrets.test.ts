/** A passphrase on a command line is refused before anything runs, however it is spelt, and never repeated. */
import { describe, expect, it } from "vitest";
import { refuseExposedSecrets } from "../../src/cli/framework/exposed-secrets.ts";

describe("a secret on the command line", () => {
  it.each(["--passphrase", "--Passphrase=four words", "--PASSWORD=four words", "-pass", "--RECOVERY-KEY=KS"])(
    "is refused: %s",
    (word) => {
      const refused = () => refuseExposedSecrets(["unlock", word], {});
      expect(refused).toThrow(expect.objectContaining({ code: "USAGE" }));
      expect(refused).not.toThrow(/four words/);
    },
  );

  it.each([["--passphrase-fd"], ["--pinentry"], ["passphrase"], ["--", "--passphrase"]])(
    "is none: %s",
    (...words) => {
      expect(() => refuseExposedSecrets(["search", ...words], {})).not.toThrow();
    },
  );
});
