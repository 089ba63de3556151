import { handleAsset } from '../../../../server/api/handle-assets';

export const dynamic = 'force-dynamic';
export const runtime = 'nodejs';

export async function GET(request: Request, { params }: { params: Promise<{ id: string }> }): Promise<Response> {
  return handleAsset(request, (await params).id);
}
