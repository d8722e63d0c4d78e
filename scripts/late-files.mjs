/**
 * Puts a module in the place of `node:fs/promises`, of which Node loads a dozen modules more (streams, watchers, lines) that a program like
 * `keepsake status` has no use for. What asks a path something is the function of `node:fs` with a callback, by the same thread; what opens a
 * file is that of `node:fs/promises`, loaded when it is first called.
 */
const ASKING =
  "access chmod copyFile link lstat mkdir readdir readlink realpath rename rmdir stat statfs unlink".split(
    " ",
  );
const OPENING = "open opendir readFile rm".split(" ");
const SOURCE = `
import * as files from "node:fs";
const asking = (name) => (...given) => {
  // The one of node:fs that is called so walks through the path itself.
  const ask = name === "realpath" ? files.realpath.native : files[name];
  return new Promise((resolve, reject) => {
    ask(...given, (error, value) => (error ? reject(error) : resolve(value)));
  });
};
const opening = (name) => (...given) => require("node:fs/promises")[name](...given);
${ASKING.map((name) => `export const ${name} = /* @__PURE__ */ asking("${name}");`).join("\n")}
${OPENING.map((name) => `export const ${name} = /* @__PURE__ */ opening("${name}");`).join("\n")}
`;

/** @returns {import("esbuild").Plugin} */
export function lateFiles() {
  const namespace = "late-files";
  return {
    name: namespace,
    setup: ({ onLoad, onResolve }) => {
      onResolve({ filter: /^node:fs\/promises$/ }, ({ kind, path }) =>
        kind === "import-statement" ? { path, namespace } : { path, external: true },
      );
      onLoad({ filter: /.*/, namespace }, () => ({ contents: SOURCE }));
    },
  };
}
