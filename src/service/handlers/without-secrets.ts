/** The handlers that store what a client says, given it without secrets; their answers say how many were taken out. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Params } from "../../protocol/method-table.ts";
import type { Handlers } from "../service.ts";
import { checkKeeps } from "../secrets.ts";
import type { Secrets } from "../secrets.ts";

/** Of turns, after which others come before the next: 64 KiB that are made to be dear take some 100 ms. */
const BYTES_AT_ONCE = 32 << 10;

type Turn = Params<"memory.capture">["turns"][number];
type Storing = "memory.save" | "memory.leave" | "memory.update" | "memory.capture";

export function storingWithoutSecrets(
  handlers: Pick<Handlers, Storing>,
  secrets: Secrets,
): Pick<Handlers, Storing> {
  return {
    "memory.save": async ({ keepSecrets, ...params }, context) => {
      const { given, ...found } = secrets.takeOutUnless(checkKeeps(keepSecrets, context.client), params);
      const answer = await handlers["memory.save"](given, context);
      return "id" in answer ? { ...answer, ...found } : answer;
    },
    "memory.leave": async (params, context) => {
      const { given, ...found } = secrets.takeOutUnless(
        checkKeeps(params.keepSecrets, context.client),
        params,
      );
      return { ...(await handlers["memory.leave"](given, context)), ...found };
    },
    "memory.update": async ({ keepSecrets, ...params }, context) => {
      const { given, ...found } = secrets.takeOutUnless(checkKeeps(keepSecrets, context.client), params);
      const answer = await handlers["memory.update"](given, context);
      return "id" in answer ? { ...answer, ...found } : answer;
    },
    "memory.capture": async (params, context) => {
      const turns: ReturnType<typeof secrets.takeOut<Turn>>[] = [];
      let bytes = 0;
      for (const turn of params.turns) {
        turns.push(secrets.takeOut(turn));
        bytes += Buffer.byteLength(turn.text);
        if (bytes < BYTES_AT_ONCE) continue;
        bytes = 0;
        await nextTurn();
      }
      const redacted = turns.reduce((sum, { redacted: count = 0 }) => sum + count, 0);
      const given = { ...params, turns: turns.map((turn) => turn.given) };
      const answer = await handlers["memory.capture"](given, context);
      return { ...answer, ...(redacted > 0 && { redacted }) };
    },
  };
}
