import { describe, expect, it } from "vitest";
import { hasCode } from "../../src/base/errors.ts";
import { checkScope } from "../../src/policy/clients.ts";
import { SCOPES } from "../../src/protocol/method.ts";
import type { ClientScope, MethodDefinition } from "../../src/protocol/method.ts";
import type { MethodName } from "../../src/protocol/method-table.ts";
import { METHODS, METHOD_NAMES } from "../../src/protocol/method-table.ts";

/** Methods that a client with these scopes may call. */
function callable(scopes: readonly ClientScope[], id = "host"): readonly MethodName[] {
  return METHOD_NAMES.filter((method) => {
    try {
      checkScope(method, { id, scopes });
      return true;
    } catch (error) {
      if (hasCode(error, "SCOPE_DENIED")) return false;
      throw error;
    }
  });
}

function isPersonOnly(name: MethodName): boolean {
  return (METHODS[name] as MethodDefinition).personOnly === true;
}

describe("checkScope", () => {
  it.each(SCOPES)(
    "lets a client with the scope %s call the methods of that scope and lock, nothing else",
    (scope) => {
      // Whoever may write may hand turns over.
      const scopes = scope === "write" ? ["write", "capture"] : [scope];
      const expected = METHOD_NAMES.filter(
        (name) =>
          name === "vault.lock" || (scopes.includes(METHODS[name].scope ?? "none") && !isPersonOnly(name)),
      );
      expect(callable([scope])).toEqual(expected);
    },
  );

  it("lets every method through for the person", () => {
    expect(callable(SCOPES, "cli")).toEqual(METHOD_NAMES);
  });

  it("keeps what is the person's alone from every other client, whatever its scopes", () => {
    expect(callable(SCOPES)).toEqual(METHOD_NAMES.filter((name) => !isPersonOnly(name)));
    expect(METHOD_NAMES.filter(isPersonOnly)).toEqual([
      "memory.leave",
      "memory.scrub",
      "confirm.list",
      "confirm.answer",
    ]);
  });

  it("allows locking, and nothing else, to a client without a scope", () => {
    expect(callable([])).toEqual(["vault.lock"]);
  });
});
