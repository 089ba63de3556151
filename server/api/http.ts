import { isAllowed } from '../safety/access-token';
import { refusal } from '../safety/guard';
import { localViewer, type Viewer } from '../store/database';

/** A short answer in words, as JSON; `code` is for programs that must tell refusals apart. */
export const answer = (status: number, says: string, code?: string): Response =>
  Response.json({ error: says, ...(code ? { code } : {}) }, { status, headers: { 'cache-control': 'no-store' } });

/** Who is at the door: somebody to serve, or the answer that sends them away. Every handler calls this first. */
export function admit(request: Request): { viewer: Viewer; refused?: undefined } | { refused: Response } {
  const refused = refusal(request);
  if (refused) return { refused: answer(refused.status, refused.says) };
  if (!isAllowed(request.headers))
    return { refused: answer(401, 'This server asks for its token. Open /api/enter and give it.') };
  return { viewer: localViewer };
}
