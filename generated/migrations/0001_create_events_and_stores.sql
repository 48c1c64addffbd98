-- Made from spec.toml by `cargo run -p generator -- generate`. Never edit this file: databases
-- already hold what it did. Change the spec and generate the next one.
--
-- * create the table events
-- * create the table stores

CREATE TABLE "events" (
  "store_id" TEXT NOT NULL,
  "seq_num" INTEGER NOT NULL,
  "parent_seq_num" INTEGER NOT NULL,
  "name" TEXT NOT NULL,
  "args" TEXT,
  "client_id" TEXT NOT NULL,
  "session_id" TEXT NOT NULL,
  "created_at" TEXT NOT NULL,
  PRIMARY KEY ("store_id", "seq_num")
) STRICT;

CREATE TABLE "stores" (
  "store_id" TEXT NOT NULL,
  "backend_id" TEXT NOT NULL,
  "created_at" TEXT NOT NULL,
  PRIMARY KEY ("store_id")
) STRICT;
