/** Runs the checks one behind the other. None of them keeps the others from being run: not by an error, and not by taking for ever. */
import { KeepsakeError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { startTimer } from "../base/timer.ts";
import type { SetupHost } from "../setup/hosts/setup-host.ts";
import type { Check } from "./check-table.ts";
import { CHECKS, HOST_CHECKS } from "./check-table.ts";
import type { Examined, Finding, Fix } from "./finding.ts";
import { failure, failureOf, warning } from "./finding.ts";
import { hostPatient, hostsSetUp } from "./host-patient.ts";
import type { Patient } from "./patient.ts";

export interface Wishes {
  /** Only this host; whether it is set up or not. */
  readonly host: SetupHost | undefined;
  readonly mayFix: (fix: Fix) => Promise<boolean>;
  readonly onCheck: (name: string, place: number, count: number) => void;
}

interface Step {
  readonly check: string;
  readonly host?: string;
  readonly limitMs: number;
  readonly look: () => Promise<Finding>;
}

/** @throws INTERRUPTED */
export async function* examine(patient: Patient, wishes: Wishes): AsyncGenerator<Examined> {
  const hosts = wishes.host === undefined ? await hostsSetUp(patient) : [wishes.host];
  const steps = [
    ...CHECKS.map((check) => stepOf(check, () => Promise.resolve(patient))),
    ...hosts.flatMap((host) =>
      HOST_CHECKS.map((check) => ({ ...stepOf(check, () => hostPatient(patient, host)), host: host.id })),
    ),
  ];
  for (const [place, step] of steps.entries()) {
    if (patient.signal.aborted) throw new KeepsakeError("INTERRUPTED");
    const { check, host } = step;
    wishes.onCheck(host === undefined ? check : `${host} ${check}`, place, steps.length);
    yield { check, ...(host !== undefined && { host }), ...(await mended(step, patient, wishes)) };
  }
  if (hosts.length === 0) {
    yield { check: "hosts", ...warning("none is set up", { command: "keepsake setup" }) };
  }
}

function stepOf<P>({ name, look, limitMs }: Check<P>, patientOf: () => Promise<P>): Step {
  return {
    check: name,
    limitMs: limitMs ?? LIMITS.requestMs,
    look: async () => look(await patientOf()),
  };
}

async function mended(step: Step, patient: Patient, { mayFix }: Wishes): Promise<Omit<Examined, "check">> {
  const { fix, ...found } = await inTime(step, patient.signal);
  if (fix === undefined || !(await mayFix(fix))) return found;
  const refused = await fix.run().then(
    () => undefined,
    (error: unknown) => failureOf(error),
  );
  patient.startAnew();
  if (refused !== undefined) return refused;
  const { fix: _same, ...now } = await inTime(step, patient.signal);
  return now.outcome === "ok" ? { ...now, mended: found.says } : now;
}

async function inTime({ look, limitMs }: Step, signal: AbortSignal): Promise<Finding> {
  let cancel = () => {};
  const late = new Promise<Finding>((resolve) => {
    const seconds = limitMs / 1_000;
    cancel = startTimer(limitMs, () => resolve(failure(`this check did not end within ${seconds} s`)));
  });
  try {
    return await Promise.race([look(), late]);
  } catch (error) {
    if (signal.aborted) throw new KeepsakeError("INTERRUPTED");
    return failureOf(error);
  } finally {
    cancel();
  }
}
