-- Made from spec.toml by `cargo run -p generator -- generate`. Never edit this file: databases
-- already hold what it did. Change the spec and generate the next one.
--
-- * create the table llm_calls

CREATE TABLE "llm_calls" (
  "id" TEXT NOT NULL,
  "created_at" TEXT NOT NULL,
  "user_id" TEXT NOT NULL,
  "store_id" TEXT,
  "model" TEXT,
  "input_tokens" INTEGER NOT NULL,
  "output_tokens" INTEGER NOT NULL,
  "cached_tokens" INTEGER NOT NULL,
  "estimated" INTEGER NOT NULL CHECK ("estimated" IN (0, 1)),
  "tool_calls" INTEGER NOT NULL,
  "latency_ms" INTEGER NOT NULL,
  "first_token_ms" INTEGER,
  "outcome" TEXT NOT NULL,
  PRIMARY KEY ("id")
) STRICT;

CREATE INDEX "llm_calls_by_time" ON "llm_calls" ("created_at");
