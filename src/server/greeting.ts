/**
 * The daemon's side of the hello (`protocol/handshake.ts`). A client that is unknown, revoked or whose token file cannot
 * be used is answered like any other, with a proof under a random token, and fails like one with a wrong proof.
 */
import { codeOf, KeepsakeError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { loggedClientId } from "../base/logger.ts";
import { Secret } from "../base/secret.ts";
import type { Turnstile } from "../base/turns/turnstile.ts";
import type { ClientIdentity, ClientRegistry } from "../policy/clients.ts";
import type { DaemonMessage, Request } from "../protocol/envelope.ts";
import type { Transcript } from "../protocol/hello-proofs.ts";
import { TOKEN_BYTES, chooseVersion, helloParams, helloProofParams } from "../protocol/handshake.ts";
import {
  HELLO_METHOD,
  HELLO_PROOF_METHOD,
  PROTOCOL_VERSIONS,
  isClientProof,
  newNonce,
  proveDaemon,
} from "../protocol/hello-proofs.ts";
import { parseWith } from "../protocol/validate.ts";
import type { CheckedOptions } from "./server-options.ts";

interface Opening {
  readonly transcript: Transcript;
  readonly daemonProof: string;
  readonly token: Secret;
  readonly identity: ClientIdentity | undefined;
}

export interface GreetingReply {
  readonly message: DaemonMessage;
  /** Who the client is, with the last reply. */
  readonly identity: ClientIdentity | undefined;
}

/** The hello of one connection: two requests, in order, once. */
export class Greeting {
  readonly #registry: Pick<ClientRegistry, "find">;
  readonly #logger: Logger;
  readonly #turns: Turnstile;
  #claimedClient: string | undefined;
  #opening: Opening | undefined;
  #isWiped = false;

  constructor({ registry, logger, hellos }: Pick<CheckedOptions, "registry" | "logger" | "hellos">) {
    this.#registry = registry;
    this.#logger = logger;
    this.#turns = hellos;
  }

  /** The name the client gave, proven or not. */
  get claimedClient(): string | undefined {
    return this.#claimedClient;
  }

  /** The name the client gave, if there is a client of that name. */
  get knownClient(): string | undefined {
    return this.#opening?.identity?.id;
  }

  /**
   * Answers when it is this hello's turn.
   *
   * @throws HELLO_REQUIRED, UNSUPPORTED_VERSION, INVALID_PARAMS, HELLO_FAILED, CANCELLED after `wipe`: the connection must end
   */
  async answer(request: Request): Promise<GreetingReply> {
    const leave = await this.#turns.enter();
    try {
      if (this.#isWiped) throw new KeepsakeError("CANCELLED");
      return await this.#answerNow(request);
    } finally {
      leave();
    }
  }

  /** Wipes the token, also the one a step under way still fetches. */
  wipe(): void {
    this.#isWiped = true;
    this.#opening?.token.wipe();
  }

  async #answerNow(request: Request): Promise<GreetingReply> {
    if (this.#opening === undefined && request.method === HELLO_METHOD) return this.#open(request);
    if (this.#opening !== undefined && request.method === HELLO_PROOF_METHOD) {
      return this.#close(request, this.#opening);
    }
    throw new KeepsakeError("HELLO_REQUIRED");
  }

  async #open({ id, params }: Request): Promise<GreetingReply> {
    const hello = parseWith(helloParams, params);
    const version = chooseVersion(hello.versions);
    if (version === undefined) {
      throw new KeepsakeError("UNSUPPORTED_VERSION", undefined, {
        facts: { newest: Math.max(...PROTOCOL_VERSIONS), oldest: Math.min(...PROTOCOL_VERSIONS) },
      });
    }
    this.#claimedClient = hello.client;
    const transcript: Transcript = {
      versions: hello.versions,
      version,
      client: hello.client,
      clientNonce: hello.nonce,
      daemonNonce: newNonce(),
    };
    const { token, identity } = await this.#findClient(hello.client);
    let isKept = false;
    try {
      const proof = await proveDaemon(token, transcript);
      this.#opening = { transcript, daemonProof: proof, token, identity };
      isKept = !this.#isWiped;
      return {
        message: { id, result: { version, nonce: transcript.daemonNonce, proof } },
        identity: undefined,
      };
    } finally {
      if (!isKept) token.wipe();
    }
  }

  async #close({ id, params }: Request, opening: Opening): Promise<GreetingReply> {
    try {
      const { proof } = parseWith(helloProofParams, params);
      const { token, transcript, daemonProof, identity } = opening;
      const isProven = await isClientProof(token, transcript, daemonProof, proof);
      if (!isProven || identity === undefined) throw new KeepsakeError("HELLO_FAILED");
      return { message: { id, result: {} }, identity };
    } finally {
      opening.token.wipe();
    }
  }

  async #findClient(id: string): Promise<{ token: Secret; identity: ClientIdentity | undefined }> {
    try {
      const found = await this.#registry.find(id);
      if (found !== undefined) return found;
    } catch (error) {
      const client = loggedClientId(id);
      this.#logger.log("client-unusable", {
        code: codeOf(error),
        ...(client !== undefined && { client }),
      });
    }
    return { token: new Secret(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES))), identity: undefined };
  }
}
