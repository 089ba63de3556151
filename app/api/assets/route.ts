import { handleUpload } from '../../../server/api/handle-assets';

export const dynamic = 'force-dynamic';
export const runtime = 'nodejs';

export { handleUpload as POST };
