-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "record" TEXT;

-- AlterTable
ALTER TABLE "NodeRun" ADD COLUMN     "about" TEXT,
ADD COLUMN     "fingerprint" TEXT;

-- CreateIndex
CREATE INDEX "NodeRun_fingerprint_idx" ON "NodeRun"("fingerprint");
