-- AlterTable
ALTER TABLE "GraphVersion" ADD COLUMN "name" TEXT;

-- AlterTable: columns are added in place. To drop and copy the table would take its versions along, which hang on it.
ALTER TABLE "Graph" ADD COLUMN "tags" TEXT NOT NULL DEFAULT '[]';
ALTER TABLE "Graph" ADD COLUMN "words" TEXT NOT NULL DEFAULT '';
