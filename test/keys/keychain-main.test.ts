import { beforeEach, expect, test, vi } from "vitest";

const { order, serve } = vi.hoisted(() => {
  const seen: string[] = [];
  return { order: seen, serve: vi.fn<(...asked: unknown[]) => Promise<void>>() };
});
vi.mock("../../src/platform/harden.ts", () => ({ hardenProcess: () => order.push("harden") }));
vi.mock("../../src/keys/keychain-server.ts", () => ({
  serveKeychain: (...asked: unknown[]) => {
    order.push("serve");
    return serve(...asked);
  },
}));
vi.mock("keytar", () => ({ default: { getPassword: () => "library" } }));

beforeEach(() => {
  order.length = 0;
});

test("the program hardens its process, serves its own streams, and ends by a signal that waits for nothing", async () => {
  const kill = vi.spyOn(process, "kill").mockReturnValue(true);
  await import("../../src/keys/keychain-main.ts");
  expect(order).toEqual(["harden", "serve"]);
  const [input, output, load, end] = serve.mock.calls[0]!;
  expect(input).toBe(process.stdin);
  expect(output).toBe(process.stdout);
  expect(await (load as () => Promise<unknown>)()).toHaveProperty("getPassword");
  (end as () => void)();
  expect(kill).toHaveBeenCalledWith(process.pid, "SIGKILL");
});
