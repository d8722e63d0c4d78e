/** The one typed client of the socket: what the CLI and the MCP server see of the daemon. */
import type { Secret } from "../base/secret.ts";
import type { MethodName, ParamsInput, Result } from "../protocol/method-table.ts";

export interface CallOptions {
  /** As many as the method's `secrets` names, in order; wiped once sent. */
  readonly secrets?: readonly Secret[];
  /** Bodies of stream frames, each at most 1 MiB, pulled as fast as the daemon reads. */
  readonly stream?: AsyncIterable<Uint8Array>;
  readonly onProgress?: (progress: {
    readonly stage: string;
    readonly done: number;
    readonly total: number;
  }) => void;
  /** Receives the secret frame behind the result; the receiver wipes it. */
  readonly onSecret?: (secret: Secret) => void;
  readonly signal?: AbortSignal;
  /** Without a reply or progress for so long the call fails with TIMEOUT. */
  readonly timeoutMs?: number;
}

export interface KeepsakeClient {
  /** @throws KeepsakeError: the daemon's error with its code, or DAEMON_UNREACHABLE, DAEMON_UNTRUSTED, INVALID_RESULT */
  call<M extends MethodName>(method: M, params: ParamsInput<M>, options?: CallOptions): Promise<Result<M>>;
  readonly isConnected: boolean;
  close(): void;
}
