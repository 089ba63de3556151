-- AlterTable
ALTER TABLE "Graph" ADD COLUMN     "tags" TEXT NOT NULL DEFAULT '[]',
ADD COLUMN     "words" TEXT NOT NULL DEFAULT '';

-- AlterTable
ALTER TABLE "GraphVersion" ADD COLUMN     "name" TEXT;
