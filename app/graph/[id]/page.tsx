import { EditorPage } from '../../editor/EditorPage';
import { earlyScript } from '../../editor/early-script';

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return (
    <>
      {/* biome-ignore lint/security/noDangerouslySetInnerHtml: of the address it holds nothing but hexadecimal digits */}
      <script dangerouslySetInnerHTML={{ __html: earlyScript(id) }} />
      <EditorPage id={id} />
    </>
  );
}
