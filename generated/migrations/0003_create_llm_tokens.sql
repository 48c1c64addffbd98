-- Made from spec.toml by `cargo run -p generator -- generate`. Never edit this file: databases
-- already hold what it did. Change the spec and generate the next one.
--
-- * create the table llm_tokens

CREATE TABLE "llm_tokens" (
  "day" TEXT NOT NULL,
  "user_id" TEXT NOT NULL,
  "tokens" INTEGER NOT NULL,
  PRIMARY KEY ("day", "user_id")
) STRICT;
