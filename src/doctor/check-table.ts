/** Every check, in the order that they are told. */
import type { Finding } from "./finding.ts";
import type { HostPatient } from "./host-patient.ts";
import type { Patient } from "./patient.ts";
import { checkCapture } from "./checks/check-capture.ts";
import { checkClient } from "./checks/check-client.ts";
import { checkClock } from "./checks/check-clock.ts";
import { checkDaemon } from "./checks/check-daemon.ts";
import { checkDisk } from "./checks/check-disk.ts";
import { checkHooks } from "./checks/check-hooks.ts";
import { checkKeychain } from "./checks/check-keychain.ts";
import { checkLauncher } from "./checks/check-launcher.ts";
import { checkLeftovers } from "./checks/check-leftovers.ts";
import { checkPlaces } from "./checks/check-places.ts";
import { checkPrivacy } from "./checks/check-privacy.ts";
import { checkRegistration } from "./checks/check-registration.ts";
import { checkServer } from "./checks/check-server.ts";
import { checkService } from "./checks/check-service.ts";
import { checkVault } from "./checks/check-vault.ts";
import { checkVersions } from "./checks/check-versions.ts";

export interface Check<P> {
  readonly name: string;
  /** What it looks at, for the pages. */
  readonly looksAt: string;
  readonly look: (patient: P) => Finding | Promise<Finding>;
  /** How long it may take; unless given, as long as a request. */
  readonly limitMs?: number;
}

const CAPTURE_MS = 600_000;

export const CHECKS: readonly Check<Patient>[] = [
  { name: "places", looksAt: "folders and files of keepsake: yours alone", look: checkPlaces },
  { name: "disk", looksAt: "room where the vault is, and whether it may be written to", look: checkDisk },
  { name: "daemon", looksAt: "the daemon runs and answers", look: checkDaemon, limitMs: 90_000 },
  { name: "service", looksAt: "the service, where it is installed", look: checkService },
  { name: "versions", looksAt: "Node.js, keepsake, and the daemon's version", look: checkVersions },
  { name: "clock", looksAt: "nothing was written later than now", look: checkClock },
  { name: "vault", looksAt: "missing, locked or open; turns that wait; damage", look: checkVault },
  { name: "keychain", looksAt: "a keychain that has a key of the vault", look: checkKeychain },
  { name: "private", looksAt: "how many places are kept private", look: checkPrivacy },
  { name: "leftovers", looksAt: "files that a crash left", look: checkLeftovers },
  { name: "launcher", looksAt: "the program that every host starts", look: checkLauncher },
];

/** For each host that is set up. */
export const HOST_CHECKS: readonly Check<HostPatient>[] = [
  { name: "client", looksAt: "the client of its name: there, sound, and what it may do", look: checkClient },
  { name: "registration", looksAt: "what stands of keepsake in its files", look: checkRegistration },
  {
    name: "server",
    looksAt: "a real call through its registration, with its environment",
    look: checkServer,
  },
  { name: "hooks", looksAt: "registered, trusted, and running", look: checkHooks },
  {
    name: "capture",
    looksAt: "turns in its files of the last 30 days, against those stored",
    look: checkCapture,
    limitMs: CAPTURE_MS,
  },
];
