import { enter, showEntrance } from '../../../server/api/handle-enter';

export const dynamic = 'force-dynamic';
export const runtime = 'nodejs';

export { enter as POST, showEntrance as GET };
