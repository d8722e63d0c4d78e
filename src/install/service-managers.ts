/** The service manager of each platform. */
import { launchdManager } from "./launchd-manager.ts";
import type { ServiceManager, ServiceSetup } from "./service-manager.ts";
import { systemdManager } from "./systemd-manager.ts";

export function serviceManager(setup: ServiceSetup): ServiceManager {
  return (setup.around.platform === "darwin" ? launchdManager : systemdManager)(setup);
}
