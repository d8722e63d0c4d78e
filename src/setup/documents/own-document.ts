/** A file that is ours as a whole. */
import { parse } from "jsonc-parser";
import type { HostDocument } from "./host-document.ts";
import { badFileError } from "./host-document.ts";

/** @param serverName - the file is JSON and holds our MCP server, below `mcpServers` */
export function ownDocument(path: string, content: string, serverName?: string): HostDocument {
  return {
    path,
    isOwn: true,
    wanted: content,
    find: (text) => text,
    insert: (text) => {
      if (text !== undefined) throw badFileError(path, "is there already");
      return { splices: [{ at: 0, removed: "", inserted: content }], made: [] };
    },
    takeOut: () => ({ text: "", isBare: true }),
    ...(serverName !== undefined && {
      server: (text: string) =>
        (parse(text) as { readonly mcpServers?: Readonly<Record<string, unknown>> } | undefined)
          ?.mcpServers?.[serverName],
    }),
  };
}

/** JSON as a file of ours holds it. */
export function ownJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
