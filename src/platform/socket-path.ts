/**
 * The length of a socket's path. `sun_path` has 104 bytes on macOS and 108 on Linux, the last one NUL; Node 20 and 22
 * cut a longer path in silence and listen somewhere else.
 */
import { KeepsakeError } from "../base/errors.ts";

const SOCKET_PATH_BYTES = 103;

/** @throws PATH_TOO_LONG over 103 bytes of UTF-8 */
export function checkSocketPath(path: string): void {
  const length = Buffer.byteLength(path, "utf8");
  if (length > SOCKET_PATH_BYTES) {
    throw new KeepsakeError(
      "PATH_TOO_LONG",
      `the socket path has ${length} bytes, at most ${SOCKET_PATH_BYTES} are possible: ${path}`,
    );
  }
}
