/** The product as a searcher: turns imported into a real vault, questions asked over its socket. */
import { utf8 } from "../../src/base/bytes.ts";
import { hasCode } from "../../src/base/errors.ts";
import { Secret } from "../../src/base/secret.ts";
import type { Result } from "../../src/protocol/method-table.ts";
import { PASSPHRASE, ThrowAwayHome } from "../../test/support/throw-away-home.ts";
import { connectTo } from "../bench/lock-figures.ts";
import { askedAt, textOf, timeOf } from "./conversations.ts";
import type { Conversation, DataSet } from "./conversations.ts";
import type { Searcher } from "./searcher.ts";

/** Texts over the cap of a memory are cut here, and counted, since the labels are of whole turns. */
const TEXT_BYTES_MOST = 64 << 10;
const WEEK_MS = 7 * 86_400_000;

export interface DaemonSearcher extends Searcher {
  /** Where its daemon runs, with the vault open. */
  readonly home: ThrowAwayHome;
  close(): Promise<void>;
}

/** @throws KeepsakeError when the vault refuses something */
export async function daemonSearcher(
  { conversations }: DataSet,
  say: (text: string) => void,
): Promise<DaemonSearcher> {
  const home = new ThrowAwayHome();
  await home.startDaemon();
  const client = await connectTo(home);
  await client.call("vault.create", { recovery: false }, { secrets: [new Secret(utf8(PASSPHRASE))] });
  const stored = await client.call("data.import", { format: "recall" }, { stream: lines() });
  say(`  ${stored.stored} turns stored, ${stored.rejected} rejected`);

  async function* lines(): AsyncIterable<Uint8Array> {
    for (const [place, conversation] of conversations.entries()) {
      const shift = shiftOf(conversation);
      for (const [turn, doc] of conversation.docs.entries()) {
        const entry = {
          kind: "turn",
          text: Buffer.from(utf8(textOf(doc) || "-").subarray(0, TEXT_BYTES_MOST)).toString("utf8"),
          project: conversation.id,
          session: `${conversation.id}/${doc.s}`,
          messageId: `${place}:${turn}`,
          role: doc.role === "" ? "user" : doc.role,
          ...(doc.role === "" && { speaker: doc.sp }),
          tags: [`turn-${turn}`],
          at: new Date(timeOf(conversation, turn) + shift).toISOString(),
        };
        yield utf8(`${JSON.stringify(entry)}\n`);
      }
    }
  }

  return {
    home,
    search: async (conversation, cue, _now, most) => {
      const ask = async (limit: number): Promise<Result<"memory.search">> => {
        try {
          return await client.call("memory.search", { query: cue, project: conversation.id, limit });
        } catch (error) {
          // A hundred long turns are over the cap of a result; fewer say enough here.
          if (!hasCode(error, "RESULT_TOO_LARGE")) throw error;
          return ask(Math.floor(limit / 2));
        }
      };
      const found = await ask(most);
      return found.hits.map(({ tags }) => Number(tags[0]?.slice("turn-".length)));
    },
    close: async () => {
      client.close();
      await home.remove();
    },
  };
}

/**
 * The daemon's clock is today's: a conversation whose one question has a date is moved by whole weeks so that it is asked
 * this week, or "last week" would mean another one.
 */
function shiftOf(conversation: Conversation): number {
  const [question, ...more] = conversation.queries;
  if (question === undefined || question.qdate === "" || more.length > 0) return 0;
  return Math.floor((Date.now() - askedAt(conversation, question)) / WEEK_MS) * WEEK_MS;
}
