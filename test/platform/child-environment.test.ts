import { describe, expect, it } from "vitest";
import { childEnvironment } from "../../src/platform/child-environment.ts";

describe("childEnvironment", () => {
  it("drops what would run code, open a debugger or say what the user works on", () => {
    const environment = {
      NODE_OPTIONS: "--inspect",
      NODE_EXTRA_CA_CERTS: "/x",
      NODE_V8_COVERAGE: "/x",
      LD_PRELOAD: "/x.so",
      LD_LIBRARY_PATH: "/x",
      DYLD_INSERT_LIBRARIES: "/x.dylib",
      PWD: "/home/u/secret-project",
      OLDPWD: "/home/u/secret-project",
      CLAUDE_PROJECT_DIR: "/home/u/secret-project",
      ANTHROPIC_API_KEY: "sk-x",
      KEEPSAKE_PASSPHRASE: "x",
      __proto__: "x",
    };
    expect(childEnvironment(environment)).toEqual({});
  });

  it("keeps folders, language and the session bus", () => {
    const environment = {
      HOME: "/home/u",
      USER: "u",
      LOGNAME: "u",
      PATH: "/bin",
      LANG: "C.UTF-8",
      LC_ALL: "C.UTF-8",
      TZ: "UTC",
      XDG_DATA_HOME: "/d",
      XDG_CONFIG_HOME: "/c",
      XDG_STATE_HOME: "/s",
      XDG_RUNTIME_DIR: "/r",
      DBUS_SESSION_BUS_ADDRESS: "unix:path=/r/bus",
    };
    expect(childEnvironment(environment)).toEqual(environment);
  });

  it("has no variable that is not set, and empty ones as they are", () => {
    expect(childEnvironment({ KEEPSAKE_HOME: "", LANG: undefined })).toEqual({ KEEPSAKE_HOME: "" });
  });
});
