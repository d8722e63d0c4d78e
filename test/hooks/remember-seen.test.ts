/** What hooks remember of private places, and for how long they hold a session back. */
import { appendFileSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { privacyOf, rememberSeen } from "../../src/hooks/is-captured.ts";
import { payloadOf } from "../../src/hooks/payload.ts";
import { PrivatePlaces, privatePlacesPath } from "../../src/platform/privacy/private-places.ts";

const NOW = Date.now();
const MINUTE = 60_000;
const ID = "c0ffee";

let base: string;
let transcript: string;

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "keepsake-remember-")));
  transcript = join(base, "talk.jsonl");
  writeFileSync(transcript, '{"role":"user"}\n{"role":"assistant"}\n');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const places = () => PrivatePlaces.read(privatePlacesPath(base));

/** @returns why nothing is captured */
async function told(host: string, event: string, folders: readonly string[], minute: number, path?: string) {
  const input = {
    conversation_id: ID,
    workspace_roots: folders,
    ...(path !== undefined && { transcript_path: path }),
  };
  const payload = payloadOf(host, event, JSON.stringify(input), {});
  if (payload === undefined) throw new Error("no such event");
  await rememberSeen(payload, await places(), NOW + minute * MINUTE);
  return (await privacyOf(payload, await places(), NOW + minute * MINUTE))?.because;
}
const was = async (promptLine: number, session = ID) =>
  (await places()).wasPrivate({ session }, { from: NOW, until: NOW + 99 * MINUTE, promptLine });

it("what answers a prompt of a private place is private still, until the next prompt", async () => {
  await (await places()).begin("folder", ["/x/priv"], NOW, null);
  expect(await told("cursor", "beforeSubmitPrompt", ["/x/open", "/x/priv"], 1, transcript)).toBe("folder");
  await (await places()).end("folder", ["/x/priv"], NOW + 2 * MINUTE);
  expect(await told("cursor", "afterAgentResponse", ["/x/priv"], 3, transcript)).toBe("session");
  expect([await was(2), await was(3)]).toEqual([true, true]);
  appendFileSync(transcript, '{"role":"assistant"}\n');
  expect(await told("cursor", "beforeSubmitPrompt", ["/x/priv"], 4, transcript)).toBeUndefined();
  expect(await told("cursor", "afterAgentResponse", ["/x/priv"], 5, transcript)).toBeUndefined();
  expect(await told("cursor", "beforeSubmitPrompt", ["/x/priv"], 6, transcript)).toBeUndefined();
  expect([await was(2), await was(3), await was(4)]).toEqual([true, true, false]);
  // Its file has another name than the conversation.
  expect([await was(3, "talk"), await was(4, "talk")]).toEqual([true, false]);
});

it("a session that only ends in a private place is left out whole", async () => {
  expect(await told("cursor", "beforeSubmitPrompt", ["/x/priv"], 0, transcript)).toBeUndefined();
  await (await places()).begin("everywhere", [""], NOW + MINUTE, null);
  expect(await told("cursor", "sessionEnd", ["/x/priv"], 2, transcript)).toBe("everywhere");
  await (await places()).end("everywhere", [""], NOW + 3 * MINUTE);
  expect(await was(1)).toBe(true);
});

it("without a file what is told next is captured, and no file's lines are", async () => {
  await (await places()).begin("session", [ID], NOW, null);
  expect(await told("cursor", "beforeSubmitPrompt", [], 1)).toBe("session");
  await (await places()).end("session", [ID], NOW + 2 * MINUTE);
  expect(await told("cursor", "beforeSubmitPrompt", [], 3)).toBeUndefined();
  expect(await told("cursor", "afterAgentResponse", [], 4)).toBeUndefined();
  expect(await was(50)).toBe(true);
});

it("what was private for a while without a word is no reason to leave out what comes", async () => {
  await (await places()).begin("folder", ["/x/priv"], NOW + MINUTE, NOW + 2 * MINUTE);
  expect(await told("cursor", "beforeSubmitPrompt", ["/x/priv"], 3, transcript)).toBeUndefined();
  expect([await was(2), await was(3)]).toEqual([true, false]);
});

it("a host whose lines say where and when leaves nothing behind", async () => {
  await (await places()).begin("folder", ["/x/priv"], NOW, null);
  expect(await told("claude-code", "UserPromptSubmit", ["/x/priv"], 1, transcript)).toBe("folder");
  expect(existsSync(join(base, "private-sessions"))).toBe(false);
  expect(await told("codex", "UserPromptSubmit", ["/x/priv"], 1, transcript)).toBe("folder");
  expect(existsSync(join(base, "private-sessions"))).toBe(true);
});

it("a summary is of all that its conversation said, also of what was private meanwhile", async () => {
  const summary = (folders: readonly string[], minute: number, path?: string) =>
    told("claude-code", "PostCompact", folders, minute, path);
  await (await places()).begin("folder", ["/x/before"], NOW - 60 * MINUTE, NOW - 30 * MINUTE);
  await (await places()).begin("folder", ["/x/priv"], NOW + MINUTE, NOW + 2 * MINUTE);
  expect(await summary(["/x/priv"], 3, transcript)).toBe("session");
  expect(await summary(["/x/open"], 3, transcript)).toBeUndefined();
  // What was said before the conversation began is not in it; without a file nobody can tell when that was.
  expect(await summary(["/x/before"], 3, transcript)).toBeUndefined();
  expect(await summary(["/x/before"], 3)).toBe("session");
});
