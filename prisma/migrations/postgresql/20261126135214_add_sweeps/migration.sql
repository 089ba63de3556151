-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "cell" INTEGER,
ADD COLUMN     "sweepId" TEXT,
ADD COLUMN     "turn" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "Sweep" (
    "id" TEXT NOT NULL,
    "ownerId" TEXT NOT NULL,
    "graphId" TEXT,
    "name" TEXT NOT NULL,
    "document" TEXT NOT NULL,
    "axes" TEXT NOT NULL,
    "picked" INTEGER,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "removedAt" TIMESTAMP(3),

    CONSTRAINT "Sweep_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Sweep_ownerId_createdAt_idx" ON "Sweep"("ownerId", "createdAt");

-- CreateIndex
CREATE INDEX "Sweep_graphId_idx" ON "Sweep"("graphId");

-- CreateIndex
CREATE INDEX "Run_sweepId_idx" ON "Run"("sweepId");
