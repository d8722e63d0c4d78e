/** Folders and files of keepsake's own: private, or refused. Modes and owners are the person's to set. */
import { findUnsafePlace } from "../../platform/unsafe-places.ts";
import type { Finding } from "../finding.ts";
import { failureOf, ok } from "../finding.ts";
import type { Patient } from "../patient.ts";

export async function checkPlaces({ setup }: Patient): Promise<Finding> {
  const unsafe = await findUnsafePlace(setup.places);
  return unsafe === undefined ? ok("every folder and file of keepsake is yours alone") : failureOf(unsafe);
}
