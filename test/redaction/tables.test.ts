/** Secrets that the columns of a table tell. */
import { describe, expect, it } from "vitest";
import { hidden, redact } from "./support/hidden.ts";

describe("a table", () => {
  it.each([
    [
      "of Markdown",
      "| Name | Initial password | Role |\n|---|:---:|---|\n| Ole | Svaneke-Roget9 | owner |\n| a \\| b | Roget7-B | c |\n| Siri | `Gudhjem.Sol8` | editor |\n\nBoth, Svaneke-Roget8, are old.",
      "| Name | Initial password | Role |\n|---|:---:|---|\n| Ole | ~ | owner |\n| a \\| b | ~ | c |\n| Siri | `~` | editor |\n\nBoth, Svaneke-Roget8, are old.",
    ],
    [
      "of Azure",
      "| account | key1 |\n|---|---|\n| stlogs | zNvUEbLySvaFX1/0rs0t9ksaUOviO1UjR24zhybax5+E2iAJbfuV2RGYUGMfej6JvZPPvtrtkNB6oBJ9kV8Tfw== |",
      "| account | key1 |\n|---|---|\n| stlogs | ~ |",
    ],
    [
      "of psql",
      " id | name | api_key\n----+------+------------------\n  1 | ci   | k3J9sLq0aZx71TmQ\n(1 row)\n",
      " id | name | api_key\n----+------+------------------\n  1 | ci   | ~\n(1 row)\n",
    ],
    [
      "of mysql",
      "+----+-----------+\n| id | password  |\n+----+-----------+\n|  1 | Kestrel#4 |\n+----+-----------+",
      "+----+-----------+\n| id | password  |\n+----+-----------+\n|  1 | ~ |\n+----+-----------+",
    ],
    [
      "of places",
      "USERNAME    PASSWORD           PASSWORD2\n----------  -----------------  ---------------\nskylineacr  ncDnhTQv/FONZ+KG3  MKWGHhCC7JJUtyr\nx           short\n\nUSERNAME    Kx8mvq2Tlong",
      "USERNAME    PASSWORD           PASSWORD2\n----------  -----------------  ---------------\nskylineacr  ~  ~\nx           short\n\nUSERNAME    Kx8mvq2Tlong",
    ],
    [
      "of one column",
      "| password |\n|---|\nKx9mQ2wL$p7T\n\nKx9mQ2wL$p7T",
      "| password |\n|---|\n~\n\nKx9mQ2wL$p7T",
    ],
    [
      "of places, with a word that is wider",
      "name     password  note\n-------- --------- ------\nanna     Kx9mQ2wLp7TvR4sZ8bNc3JdF6hGy1A5eU#x1 x",
      "name     password  note\n-------- --------- ------\nanna     ~ x",
    ],
    [
      "of users and totals",
      "| user | pass | total |\n|---|---|---|\n| anna | Kx9mQ2wL$p | 3 |",
      "| user | pass | total |\n|---|---|---|\n| anna | ~ | 3 |",
    ],
    [
      "of commas",
      'user,password,role\n"Bo, P",Kiesel.Korn7,x\nanna,Hagel.Korn7,admin\n',
      'user,password,role\n"Bo, P",~,x\nanna,~,admin\n',
    ],
    [
      "that stands escaped in a text",
      String.raw`{"out":"$ cat x\nuser;token\r\nci;k3J9sLq0aZx71TmQ\r\n"}`,
      String.raw`{"out":"$ cat x\nuser;token\r\nci;~\r\n"}`,
    ],
    [
      "that is inserted with calls in it",
      "INSERT INTO mfa (id, secret, at) VALUES (1, 'FN6A5MCNLCOHTT5D', NOW());",
      "INSERT INTO mfa (id, secret, at) VALUES (1, '~', NOW());",
    ],
    [
      "that is inserted",
      "INSERT INTO users (id, name, password)\nVALUES (1, 'O''Hara, P', 'Hagel;Korn7'),\n  (2, 'Bo', 'Frost,Beule8');",
      "INSERT INTO users (id, name, password)\nVALUES (1, 'O''Hara, P', '~'),\n  (2, 'Bo', '~');",
    ],
  ])("%s", (_name, given, expected) => {
    expect(hidden(given)).toBe(expected);
  });

  it.each([
    "| Field | password |\n|---|---|\n| type | required |\n| least | 12 |\n| shown | •••••••• |",
    "| password | rule |\n|---|---|\n| Hagel | Korn-12.B |",
    "user,password\nanna,\nbo,********\n",
    "The name, the password\nand more, or less",
    "create_user(name, password)\nfoo, bar",
    "INSERT INTO t (a, password) VALUES (?, ?), ($1, $2);",
    "INSERT INTO t (a, password) VALUES (1, crypt('x', gen_salt('bf')));",
  ])("is left that holds none: %s", (text) => {
    expect(redact(text).text).toBe(text);
  });
});
