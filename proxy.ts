import { type NextRequest, NextResponse } from 'next/server';
import { isAllowed } from './server/safety/access-token';
import { refusal } from './server/safety/guard';

/** Guards pages. The routes under /api guard themselves, with the same function: a proxy file alone is no wall. */
export function proxy(request: NextRequest): NextResponse {
  const refused = refusal(request, { page: true });
  if (refused) return new NextResponse(`${refused.says}\n`, { status: refused.status });
  if (isAllowed(request.headers)) return NextResponse.next();
  return NextResponse.redirect(new URL('/api/enter', request.nextUrl));
}

// Not /api: Next would hold a copy of every upload's body in memory for this file.
export const config = { matcher: ['/((?!api/).*)'] };
