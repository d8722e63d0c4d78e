/** Turns in the host's files of the last 30 days against those that are stored: an import that stores nothing counts them. */
import { stat } from "node:fs/promises";
import { counted, grouped } from "../../base/shown-values.ts";
import { shellWord } from "../../setup/text/shell-words.ts";
import type { Finding } from "../finding.ts";
import { failure, ok, skipped } from "../finding.ts";
import type { HostPatient } from "../host-patient.ts";
import { knownStatus } from "../patient.ts";

const DAYS = 30;
const DAY_MS = 86_400_000;
/** A file that is written to right now is a talk that is not over: turns of it that are missing may be on their way. */
const UNDER_WAY_MS = 60_000;

export async function checkCapture({ patient, plan: { host } }: HostPatient): Promise<Finding> {
  const { setup, clock } = patient;
  const { capture } = await patient.configuration.read();
  const switches: Readonly<Record<string, string | undefined>> = capture ?? {};
  if (switches[host.id] === "off") return skipped(`switched off: capture.${host.id}`);
  const status = await knownStatus(patient);
  if (status === undefined) return skipped("the daemon cannot be asked");
  if (status.state !== "open")
    return skipped(status.state === "sealed" ? "the vault is locked" : "no vault yet");
  if (host.events.length === 0) return skipped("nothing of this host is captured: it has no hooks");
  const folders = await thereOf(host.conversations(setup.around));
  const now = clock.now();
  const changed = { from: now - DAYS * DAY_MS, until: now - UNDER_WAY_MS };
  const turns = await patient.turnsBelow(folders, host.id, changed, patient.onRead);
  const justNow = { from: changed.until, until: now + DAY_MS };
  const fresh = await patient.turnsBelow(folders, host.id, justNow, patient.onRead);
  if (turns === undefined && fresh === undefined)
    return skipped(`no conversation of the last ${DAYS} days to compare with`);
  const { missing = 0, holding = [], bring } = turns ?? {};
  const stored = (turns?.stored ?? 0) + (fresh?.stored ?? 0);
  const total = missing + stored;
  const counts = `${counted(total, "turn")} of the last ${DAYS} days`;
  const underWay = fresh?.missing ?? 0;
  if (missing === 0 || bring === undefined) {
    const said = total === 0 ? `no turn in the last ${DAYS} days` : `all ${counts} are stored`;
    const more = `; ${counted(underWay, "turn")} of the last minute may be on ${underWay === 1 ? "its" : "their"} way`;
    return ok(underWay === 0 ? said : said + more);
  }
  return failure(`${grouped(stored)} of ${counts} are stored`, {
    command: ["keepsake import", ...holding.map(shellWord)].join(" "),
    advice: "that stores the rest",
    fix: {
      asks: `Import ${counted(missing, "turn")} that ${host.title} has kept?`,
      run: bring,
    },
  });
}

async function thereOf(paths: readonly string[]): Promise<readonly string[]> {
  const there: string[] = [];
  for (const path of paths) {
    const isThere = await stat(path).then(
      () => true,
      () => false,
    );
    if (isThere) there.push(path);
  }
  return there;
}
