/** What the service says of a vault that cannot be opened as its folder is. */
import { describe, expect, it } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import { Harness } from "./harness.ts";
