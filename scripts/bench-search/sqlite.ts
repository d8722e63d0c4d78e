/** The SQLite that newer versions of Node bring along: packages of it fetch their binary from elsewhere. */

interface Statement {
  all(...values: readonly unknown[]): readonly unknown[];
  run(...values: readonly unknown[]): unknown;
  get(): unknown;
}

interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

/** @throws Error where Node has no SQLite built in */
export function databaseInMemory(): Database {
  const sqlite = process.getBuiltinModule("node:sqlite") as
    { readonly DatabaseSync: new (path: string) => Database } | undefined;
  if (sqlite === undefined) throw new Error(`Node ${process.versions.node} has no SQLite; Node 24 has`);
  return new sqlite.DatabaseSync(":memory:");
}
