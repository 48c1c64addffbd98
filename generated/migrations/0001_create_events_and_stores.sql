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
