import assert from "node:assert/strict";
import type { ErrorCode } from "../../src/base/errors.ts";
import { KeepsakeError } from "../../src/base/errors.ts";

/** The code `action` throws, `undefined` when it does not throw; anything but a `KeepsakeError` is thrown on. */
export function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return codeOfError(error);
  }
}

/** The code `promise` rejects with, `undefined` when it resolves. */
export async function codeOfPromise(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return codeOfError(error);
  }
}

/** Checks that `promise` rejects with one of `codes`. */
export async function expectCode(promise: Promise<unknown>, ...codes: readonly ErrorCode[]): Promise<void> {
  const code = await codeOfPromise(promise);
  assert.ok(
    (codes as readonly (string | undefined)[]).includes(code),
    `${code} instead of ${codes.join(" or ")}`,
  );
}

/** The error `promise` rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<KeepsakeError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof KeepsakeError) return error;
    throw error;
  }
  throw new Error("it resolved");
}

function codeOfError(error: unknown): string {
  if (error instanceof KeepsakeError) return error.code;
  throw error;
}

/** The error `action` throws as the text a log would show, cause included; `undefined` when it does not throw. */
export function textOfError(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return `${codeOfError(error)} ${String(error)} ${String((error as Error).cause)}`;
  }
}
