CREATE TABLE 'eventlog_7_main' (seqNum INTEGER PRIMARY KEY, parentSeqNum INTEGER, name TEXT, args TEXT, createdAt TEXT, clientId TEXT, sessionId TEXT) strict;
CREATE TABLE 'context_7' (storeId TEXT PRIMARY KEY, currentHead INTEGER, backendId TEXT) strict;
CREATE TABLE "feedback" (
  "id" TEXT NOT NULL,
  "rating" INTEGER NOT NULL DEFAULT 3,
  "text" TEXT,
  PRIMARY KEY ("id")
) STRICT;
