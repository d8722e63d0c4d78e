import { describe, expect, it } from "vitest";
import { GatheredReads } from "../../src/store/gathered-reads.ts";

const key = (number: number) => Uint8Array.of(number);

/** Values are their keys; 13 cannot be read, and 0 is not there. */
function reads() {
  const asked: string[] = [];
  const valueOf = (each: Uint8Array) => {
    if (each[0] === 13) throw new Error("13 cannot be read");
    return each[0] === 0 ? undefined : each;
  };
  const gathered = new GatheredReads(
    async (each) => {
      asked.push(`one ${each[0]}`);
      return valueOf(each);
    },
    async (keys) => {
      asked.push(`many ${keys.map(([number]) => number).join(" ")}`);
      return keys.map((each) => valueOf(each));
    },
  );
  return { asked, gathered };
}

describe("reads asked for in the same moment", () => {
  it("are made in one go, each answered with its own value", async () => {
    const { asked, gathered } = reads();
    const values = await Promise.all([1, 0, 2].map((number) => gathered.get(key(number))));
    expect(values).toEqual([key(1), undefined, key(2)]);
    expect(asked).toEqual(["many 1 0 2"]);
  });

  it("are made apart from those of another moment", async () => {
    const { asked, gathered } = reads();
    await gathered.get(key(1));
    await Promise.all([gathered.get(key(2)), gathered.get(key(3))]);
    expect(asked).toEqual(["one 1", "many 2 3"]);
  });

  it("do not suffer from one that cannot be read", async () => {
    const { asked, gathered } = reads();
    const settled = await Promise.allSettled([1, 13, 2].map((number) => gathered.get(key(number))));
    expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(asked).toEqual(["many 1 13 2", "one 1", "one 13", "one 2"]);
    await expect(gathered.get(key(13))).rejects.toThrow("13 cannot be read");
  });
});
