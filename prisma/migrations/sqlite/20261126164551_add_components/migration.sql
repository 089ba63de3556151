-- CreateTable
CREATE TABLE "Component" (
    "ownerId" TEXT NOT NULL,
    "component" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "document" TEXT NOT NULL,
    "savedAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "removedAt" DATETIME,

    PRIMARY KEY ("ownerId", "component", "version")
);

-- CreateIndex
CREATE UNIQUE INDEX "Component_ownerId_key_key" ON "Component"("ownerId", "key");
