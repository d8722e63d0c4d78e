/**
 * The connections of one engine and their caps. Connections that have not finished the hello have places of their own,
 * and a newcomer over their cap takes the place of the oldest that has not said a word, or else of the oldest: half-open
 * connections can neither fill the places of clients nor keep a client out that says its hello at once. The owner's client
 * has places of its own as well, so that it gets in whatever the others do.
 */
import type { Socket } from "node:net";
import { OWNER_CLIENT } from "../base/client-id.ts";
import { KeepsakeError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { startTimer } from "../base/timer.ts";
import { Turnstile } from "../base/turns/turnstile.ts";
import type { ClientIdentity } from "../policy/clients.ts";
import { ServedConnection } from "./serve-connection.ts";
import type { CheckedOptions, ServerOptions } from "./server-options.ts";

/** Steps of hellos that are worked on at once: those who are through theirs need their turn as well. */
const HELLOS_AT_A_TIME = 4;
/** How long ended connections have to take leave before they are destroyed. */
const LAST_WORDS_MS = 50;

export interface Connections {
  /** Serves an accepted socket, paused and unread, until it ends. */
  serve(socket: Socket): void;
  /** Connections that are open, and those whose hello is not done. */
  readonly counts: { readonly greeted: number; readonly beforeHello: number };
  /**
   * For lock and close: takes no more requests and connections, lets requests in flight end and their answers go out
   * (long methods are told to stop, the others have `lockGraceMs`; what has not ended then is answered with VAULT_SEALED),
   * then ends every connection. May be called by a handler, whose own answer still goes out, if it does not wait for this.
   */
  drain(): Promise<void>;
}

export function createConnections(given: ServerOptions): Connections {
  const hellos = new Turnstile(HELLOS_AT_A_TIME);
  const options: CheckedOptions = { ...given, limits: given.limits ?? LIMITS, hellos };
  const { limits } = options;
  const beforeHello = new Set<ServedConnection>();
  const greeted = new Map<ServedConnection, string>();
  let draining: Promise<void> | undefined;

  const onGreeted = (connection: ServedConnection, { id }: ClientIdentity) => {
    options.rateLimits.checkRefusals({ id });
    const ids = [...greeted.values()];
    const ofClient = ids.filter((each) => each === id).length;
    const ofOthers = ids.filter((each) => each !== OWNER_CLIENT).length;
    if (id !== OWNER_CLIENT && ofOthers >= limits.connections) {
      throw tooManyError(limits.connections, "connections");
    }
    if (ofClient >= limits.connectionsPerClient) {
      throw tooManyError(limits.connectionsPerClient, "connections of one client");
    }
    beforeHello.delete(connection);
    greeted.set(connection, id);
  };
  const onClosed = (connection: ServedConnection) => {
    beforeHello.delete(connection);
    greeted.delete(connection);
  };

  options.registry.onRevoked((id) => {
    for (const connection of [...beforeHello, ...greeted.keys()]) {
      if (connection.claimedClient === id) {
        connection.refuse(new KeepsakeError("HELLO_FAILED", "the client was revoked"));
      }
    }
  });

  const drainAll = async () => {
    const reason = new KeepsakeError("VAULT_SEALED");
    for (const connection of beforeHello) connection.destroy();
    const clients = [...greeted.keys()];
    const answered = Promise.all(clients.map((connection) => connection.drain(reason)));
    if (!(await waitAtMost(answered, limits.lockGraceMs))) {
      const late = new KeepsakeError("VAULT_SEALED", "the vault was locked before the request had ended");
      for (const connection of clients) connection.giveUp(late);
      await waitAtMost(answered, LAST_WORDS_MS);
    }
    await waitAtMost(Promise.all(clients.map(({ closed }) => closed)), LAST_WORDS_MS);
    for (const connection of clients) connection.destroy();
  };

  return {
    get counts() {
      return { greeted: greeted.size, beforeHello: beforeHello.size };
    },
    serve: (socket) => {
      if (draining !== undefined || socket.destroyed) {
        socket.destroy();
        return;
      }
      if (beforeHello.size >= limits.connectionsBeforeHello) {
        const [oldest] = beforeHello;
        const silent = [...beforeHello].find(({ isSilent }) => isSilent);
        const evicted = silent ?? oldest;
        if (evicted !== undefined) beforeHello.delete(evicted);
        evicted?.evict(tooManyError(limits.connectionsBeforeHello, "connections before their hello"));
      }
      beforeHello.add(new ServedConnection(socket, options, { onGreeted, onClosed }));
    },
    drain: () => (draining ??= drainAll()),
  };
}

/** @returns whether `work` ended in time */
async function waitAtMost(work: Promise<unknown>, ms: number): Promise<boolean> {
  let cancel = () => {};
  const late = new Promise<boolean>((resolve) => {
    cancel = startTimer(ms, () => resolve(false));
  });
  const inTime = await Promise.race([work.then(() => true), late]);
  cancel();
  return inTime;
}

function tooManyError(most: number, what: string): KeepsakeError {
  return new KeepsakeError("TOO_MANY_CONNECTIONS", `the daemon accepts at most ${most} ${what}`);
}
