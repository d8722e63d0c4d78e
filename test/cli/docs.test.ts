import { describe, expect, it } from "vitest";
import { renderCliPage } from "../../scripts/docs/cli-page.ts";
import { COMMAND_NAMES } from "../../src/cli/registry.ts";

describe("docs/cli.md", () => {
  it("is what the definitions say; npm run docs writes it anew", async () => {
    await expect(await renderCliPage()).toMatchFileSnapshot("../../docs/cli.md");
  });

  it("has every command", async () => {
    const page = await renderCliPage();
    for (const name of COMMAND_NAMES) expect(page).toContain(`### \`keepsake ${name}`);
  });
});
