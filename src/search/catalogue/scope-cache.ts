/** Scopes kept while nothing changes: the same filter is asked again and again, and a large vault takes time to sift. */
import type { MemoryFilter } from "../search-index.ts";
import type { Catalogue } from "./catalogue.ts";
import { scopeOf } from "./scope.ts";
import type { Scope } from "./scope.ts";

const KEPT = 4;

export class ScopeCache {
  readonly #catalogue: Catalogue;
  /** Oldest use first. */
  readonly #scopes = new Map<string, Scope>();
  #revision = 0;

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  /** The scope of a filter at `now`. Valid until the catalogue changes. */
  get(filter: MemoryFilter, now: number): Scope {
    this.#catalogue.moveTo(now);
    if (this.#revision !== this.#catalogue.revision) this.#scopes.clear();
    this.#revision = this.#catalogue.revision;
    const key = JSON.stringify(filter);
    const scope = this.#scopes.get(key) ?? scopeOf(this.#catalogue, filter);
    this.#scopes.delete(key);
    this.#scopes.set(key, scope);
    for (const oldest of this.#scopes.keys()) if (this.#scopes.size > KEPT) this.#scopes.delete(oldest);
    return scope;
  }
}
