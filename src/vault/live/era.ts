import type { RecordStore } from "../../store/record-store.ts";
import type { RecordSealer } from "../written/record-sealer.ts";

/** One generation in use. */
export interface Era {
  readonly store: RecordStore;
  readonly sealer: RecordSealer;
}
