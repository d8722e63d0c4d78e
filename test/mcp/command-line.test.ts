import { describe, expect, it } from "vitest";
import { parseCommandLine } from "../../src/mcp/command-line.ts";

describe("the command line of keepsake-mcp", () => {
  it("serves as the client mcp unless another is named", () => {
    expect(parseCommandLine([])).toEqual({ do: "serve", client: "mcp" });
    expect(parseCommandLine(["--client", "claude-code"])).toEqual({ do: "serve", client: "claude-code" });
    expect(parseCommandLine(["--client=codex"])).toEqual({ do: "serve", client: "codex" });
  });

  it("knows --help and --version", () => {
    expect(parseCommandLine(["--help"])).toEqual({ do: "help" });
    expect(parseCommandLine(["--version"])).toEqual({ do: "version" });
  });

  it.each([
    ["--client", "../../etc/passwd"],
    ["--client", ""],
    ["--client"],
    ["--passphrase", "x"],
    ["serve"],
  ])("refuses %s %s without repeating it", (...args) => {
    expect(() => parseCommandLine(args)).toThrow(
      expect.objectContaining({
        code: "USAGE",
        message: expect.not.stringContaining("passwd") as string,
      }) as Error,
    );
  });
});
