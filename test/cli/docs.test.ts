import { describe, expect, it } from "vitest";
import { renderCliPage } from "../../scripts/docs/cli-page.ts";
import { COMMANDS } from "../../src/cli/registry.ts";

describe("docs/cli.md", () => {
  it("is what the definitions say; npm run docs writes it anew", async () => {
    await expect(renderCliPage()).toMatchFileSnapshot("../../docs/cli.md");
  });

  it("has every command", () => {
    const page = renderCliPage();
    for (const { name } of COMMANDS) expect(page).toContain(`### \`keepsake ${name}`);
  });
});
