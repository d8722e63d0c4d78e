/** What the beginning of a JSON document says of its first objects, however large they are. */
import { TokenType, Tokenizer } from "@streamparser/json";
import { attempt } from "../../base/attempt.ts";
import type { Fields } from "./fields.ts";

const CONTAINERS = new Map<TokenType, unknown>([
  [TokenType.LEFT_BRACE, {}],
  [TokenType.LEFT_BRACKET, []],
]);

/**
 * The document itself when it is an object, the objects in it when it is an array. Values are there as far as they were seen:
 * texts, numbers and the like as they are, of an object or array only that it is one, empty.
 */
export function objectsAtStart(start: Uint8Array): readonly Fields[] {
  const objects: Record<string, unknown>[] = [];
  const tokenizer = new Tokenizer();
  let depth = 0;
  let objectDepth: number | undefined;
  let key: string | undefined;
  tokenizer.onToken = ({ token, value }) => {
    if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) depth -= 1;
    else if (token === TokenType.COMMA) key = undefined;
    else if (token !== TokenType.COLON) {
      if (token === TokenType.LEFT_BRACE) objectDepth ??= depth + 1;
      if (token === TokenType.LEFT_BRACE && depth + 1 === objectDepth) objects.push({});
      else if (depth === objectDepth && key === undefined && token === TokenType.STRING) key = String(value);
      else if (depth === objectDepth && key !== undefined)
        Object.defineProperty(objects.at(-1), key, {
          value: CONTAINERS.get(token) ?? value,
          enumerable: true,
          configurable: true,
        });
      if (CONTAINERS.has(token)) depth += 1;
    }
  };
  attempt(() => tokenizer.write(start));
  return objects;
}
