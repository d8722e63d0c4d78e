/** A host that is set up, as its files are now. */
import type { HostClient } from "../setup/host-client.ts";
import { hostClient } from "../setup/host-client.ts";
import type { HostPlan } from "../setup/plan.ts";
import { planHost } from "../setup/plan.ts";
import type { Registration } from "../setup/registration.ts";
import { registrationOf } from "../setup/registration.ts";
import { SETUP_HOSTS } from "../setup/hosts/host-table.ts";
import type { SetupHost } from "../setup/hosts/setup-host.ts";
import { SetupRecords } from "../setup/record.ts";
import type { Patient } from "./patient.ts";
import { hostEnvironment } from "./starting/host-environment.ts";

export interface HostPatient {
  readonly patient: Patient;
  readonly plan: HostPlan;
  /** How it would start keepsake when it was started from a menu. */
  readonly registration: Registration;
  readonly client: HostClient;
  /** All the variables that its hooks have. */
  readonly environment: Readonly<Record<string, string>>;
}

/** @throws UNSAFE_PATH */
export async function hostPatient(patient: Patient, host: SetupHost): Promise<HostPatient> {
  const { setup } = patient;
  const environment = hostEnvironment(setup.around.environment);
  const plan = await planHost(setup, host);
  const asHost = { ...setup, around: { ...setup.around, environment } };
  const registration = await registrationOf(asHost, plan);
  return { patient, plan, registration, client: await hostClient(setup.places, host.id), environment };
}

/** Those that set-up has a record of, and those that have something under our name. */
export async function hostsSetUp({ setup }: Patient): Promise<readonly SetupHost[]> {
  const recorded = new Set(await new SetupRecords(setup.places).hosts());
  const hosts: SetupHost[] = [];
  for (const host of SETUP_HOSTS) {
    if (recorded.has(host.id) || (await hasOurs(setup, host))) hosts.push(host);
  }
  return hosts;
}

async function hasOurs(setup: Patient["setup"], host: SetupHost): Promise<boolean> {
  const plan = await planHost(setup, host).catch(() => undefined);
  return plan?.files.some(({ state }) => state !== "absent" && state !== "broken") === true;
}
