import { mkdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { z } from "zod";
import { clusterDocSchema, groupDocSchema } from "./groups/model.ts";
import {
  accessKeysSchema,
  cacheDocSchema,
  linkDocSchema,
  operationDocSchema,
  regionDocSchema,
  workloadDocSchema,
} from "./model.ts";

export type Collection<T> = {
  get(key: string): T | undefined;
  all(): T[];
  put(key: string, document: T): void;
  delete(key: string): void;
};

export type Store = ReturnType<typeof openStore>;

/** Everything that must outlive a `kill -9` of the control plane, in one SQLite file. */
export function openStore(home: string) {
  const folder = path.join(home, "geocache");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(path.join(folder, "arm.sqlite"));
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
  return {
    regions: collection(db, "regions", regionDocSchema),
    caches: collection(db, "resources", cacheDocSchema),
    keys: collection(db, "access_keys", accessKeysSchema),
    links: collection(db, "links", linkDocSchema),
    clusters: collection(db, "clusters", clusterDocSchema),
    groups: collection(db, "groups", groupDocSchema),
    operations: collection(db, "operations", operationDocSchema),
    workloads: collection(db, "workloads", workloadDocSchema),
  };
}

function collection<T>(db: DatabaseSync, table: string, schema: z.ZodType<T>): Collection<T> {
  db.exec(`CREATE TABLE IF NOT EXISTS ${table} (key TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT`);
  const one = db.prepare(`SELECT document FROM ${table} WHERE key = ?`);
  const every = db.prepare(`SELECT document FROM ${table} ORDER BY key`);
  const upsert = db.prepare(`INSERT OR REPLACE INTO ${table} (key, document) VALUES (?, ?)`);
  const remove = db.prepare(`DELETE FROM ${table} WHERE key = ?`);
  const parse = (row: Record<string, unknown>): T => schema.parse(JSON.parse(String(row["document"])));
  return {
    get(key) {
      const row = one.get(key);
      return row === undefined ? undefined : parse(row);
    },
    all: () => every.all().map(parse),
    put: (key, document) => void upsert.run(key, JSON.stringify(document)),
    delete: (key) => void remove.run(key),
  };
}
