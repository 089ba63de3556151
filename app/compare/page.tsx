import type { Metadata } from 'next';
import { ComparePage } from './ComparePage';

export const metadata: Metadata = { title: 'Compare' };

type Query = Record<string, string | string[] | undefined>;
const one = (value: Query[string]) => (typeof value === 'string' && value ? value : undefined);

export default async function Page({ searchParams }: { searchParams: Promise<Query> }) {
  const { a, b } = await searchParams;
  return <ComparePage a={one(a)} b={one(b)} />;
}
