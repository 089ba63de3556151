import { admit } from '../../../server/api/http';

export const dynamic = 'force-dynamic';
export const runtime = 'nodejs';

/** Says that the server answers, for the supervisor. */
export function GET(request: Request): Response {
  return admit(request).refused ?? Response.json({ ok: true });
}
