/** Private files whose writes are held back until `release` does them in the order they came; later ones go through. */
import type { PrivateFiles } from "../keys/private-files.ts";

export interface DeferredFiles extends PrivateFiles {
  /** @throws as `PrivateFiles.replace`; what follows the failed write is not done */
  release(): Promise<void>;
}

export function deferFiles(files: PrivateFiles): DeferredFiles {
  let held: { readonly path: string; readonly bytes: Uint8Array }[] | undefined = [];
  return {
    read: (path, limitBytes) => files.read(path, limitBytes),
    replace: async (path, bytes) => {
      if (held === undefined) await files.replace(path, bytes);
      else held.push({ path, bytes });
    },
    release: async () => {
      const writes = held ?? [];
      held = undefined;
      for (const { path, bytes } of writes) await files.replace(path, bytes);
    },
  };
}
