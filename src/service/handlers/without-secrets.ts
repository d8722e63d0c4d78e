/** The handlers that store what a client says, given it without secrets; their answers say how many were taken out. */
import type { Params } from "../../protocol/method-table.ts";
import type { Handlers } from "../service.ts";
import { checkKeeps } from "../secrets.ts";
import type { Secrets } from "../secrets.ts";

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
      for (const turn of params.turns) {
        await secrets.breathe();
        context.signal.throwIfAborted();
        turns.push(secrets.takeOut(turn));
      }
      const redacted = turns.reduce((sum, { redacted: count = 0 }) => sum + count, 0);
      const given = { ...params, turns: turns.map((turn) => turn.given) };
      const answer = await handlers["memory.capture"](given, context);
      return { ...answer, ...(redacted > 0 && { redacted }) };
    },
  };
}
