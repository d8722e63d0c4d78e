/** The kept rules as rules. */
import { isPlaceholder } from "../looks.ts";
import { KEPT_RULES } from "./kept-rules.ts";
import type { Rule } from "./rule.ts";

/** Between the name of a maker and a value: as the kept rules have it. */
const NAMED_MIDDLE = String.raw`[ \t\w.-]{0,20}[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}`;

export function keptRules(): readonly Rule[] {
  return KEPT_RULES.trim()
    .split("\n")
    .flatMap((line) => {
      const [how, kind, keywords, entropy, written, pattern, flags] = line.split("\t");
      const known = { kind: kind!, entropy: Number(entropy) };
      const words = keywords!.split(" ");
      if (how === "named") return words.map((word) => ({ ...known, ...namedAfter(word, pattern!) }));
      const flagged = flags === "i" ? ({ flags } as const) : {};
      return [
        {
          ...known,
          keywords: words,
          ...(written !== "" && { written: written! }),
          pattern: pattern!,
          ...flagged,
        },
      ];
    });
}

/** The value of what is named after its maker. */
function namedAfter(maker: string, value: string): Omit<Rule, "kind"> {
  return {
    keywords: [maker],
    pattern: `${maker}${NAMED_MIDDLE}(${value})(?![\\w-])`,
    flags: "i",
    isSecret: (secret) => /\d/.test(secret) && !isPlaceholder(secret),
  };
}
