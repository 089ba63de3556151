-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_Run" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "ownerId" TEXT NOT NULL,
    "graphId" TEXT,
    "name" TEXT NOT NULL,
    "document" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "priority" INTEGER NOT NULL DEFAULT 0,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "token" TEXT,
    "worker" TEXT,
    "leaseUntil" DATETIME,
    "notBefore" DATETIME,
    "cancelRequested" BOOLEAN NOT NULL DEFAULT false,
    "says" TEXT,
    "failedNode" TEXT,
    "seconds" REAL,
    "ran" INTEGER,
    "reused" INTEGER,
    "queuedAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "startedAt" DATETIME,
    "finishedAt" DATETIME,
    "removedAt" DATETIME,
    "fresh" BOOLEAN NOT NULL DEFAULT false,
    "record" TEXT,
    "sweepId" TEXT,
    "cell" INTEGER,
    "turn" INTEGER NOT NULL DEFAULT 0,
    "place" INTEGER NOT NULL DEFAULT 0
);
INSERT INTO "new_Run" ("attempt", "cancelRequested", "cell", "document", "failedNode", "finishedAt", "graphId", "id", "leaseUntil", "name", "notBefore", "ownerId", "place", "priority", "queuedAt", "ran", "record", "removedAt", "reused", "says", "seconds", "startedAt", "state", "sweepId", "token", "turn", "worker") SELECT "attempt", "cancelRequested", "cell", "document", "failedNode", "finishedAt", "graphId", "id", "leaseUntil", "name", "notBefore", "ownerId", "place", "priority", "queuedAt", "ran", "record", "removedAt", "reused", "says", "seconds", "startedAt", "state", "sweepId", "token", "turn", "worker" FROM "Run";
DROP TABLE "Run";
ALTER TABLE "new_Run" RENAME TO "Run";
CREATE UNIQUE INDEX "Run_token_key" ON "Run"("token");
CREATE INDEX "Run_sweepId_idx" ON "Run"("sweepId");
CREATE INDEX "Run_ownerId_queuedAt_idx" ON "Run"("ownerId", "queuedAt");
CREATE INDEX "Run_state_priority_idx" ON "Run"("state", "priority");
CREATE INDEX "Run_graphId_idx" ON "Run"("graphId");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;
