-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "fresh" BOOLEAN NOT NULL DEFAULT false;
