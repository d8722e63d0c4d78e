/** What a hook gives the host's model: framed as data, in the host's own JSON. Nothing while sealed, and nothing where nothing is stored. */
import { framed, foldedLine, randomMark } from "../base/stored-text.ts";
import { isFields, listIn, textIn } from "../capture/shapes/fields.ts";
import type { DaemonLine } from "./daemon-line.ts";
import { hookHost } from "./hook-hosts.ts";
import type { Payload } from "./payload.ts";

const RECALLED = 3;
const RECALLED_CHARACTERS = 300;
/** A cue holds no more. */
const CUE_CHARACTERS = 2_000;

/** The brief of a project. */
export async function toldBrief(
  line: DaemonLine,
  payload: Payload,
  project: string | null,
  until: number,
): Promise<string | undefined> {
  const brief = await line.call("memory.brief", { project }, until);
  return told(payload, textsOf(listIn(brief, "lines")));
}

const PRIVATE =
  'keepsake: the user keeps this place private: nothing said here is stored, and nothing is recalled. "keepsake private off" in a terminal ends it.';

/** In the brief's place. */
export function toldPrivate({ host, event }: Payload): string {
  return JSON.stringify(hookHost(host).context(PRIVATE, event));
}

interface Asked {
  /** What the person typed, without what hosts and keepsake itself put around it. */
  readonly typed: string;
  readonly project: string | null;
}

/** The best memories for a prompt, above the floor. Its own session, the prompt among it, is before the model's eyes already. */
export async function toldRecall(
  line: DaemonLine,
  payload: Payload,
  { typed, project }: Asked,
  until: number,
): Promise<string | undefined> {
  const query = typed.slice(0, CUE_CHARACTERS).toWellFormed();
  const params = { query, project, limit: RECALLED, unasked: true, exceptSession: payload.session };
  const { hits } = await line.call("memory.search", params, until);
  const found = (Array.isArray(hits) ? hits : []).filter(isFields).flatMap((hit) => {
    const [id, text] = [textIn(hit, "id"), textIn(hit, "snippet", "text")];
    const at = textIn(hit, "at")?.slice(0, 10) ?? "";
    return id === undefined || text === undefined
      ? []
      : `- ${id} ${at}: ${foldedLine(text, RECALLED_CHARACTERS)}`;
  });
  return told(payload, found);
}

function told({ host, event }: Payload, lines: readonly string[]): string | undefined {
  if (lines.length === 0) return undefined;
  return JSON.stringify(hookHost(host).context(framed(lines, randomMark()), event));
}

function textsOf(lines: readonly unknown[]): readonly string[] {
  return lines.filter((each) => typeof each === "string");
}
