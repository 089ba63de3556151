import { getAsset } from '../store/assets';
import { idPattern } from '../store/new-id';
import { admit, answer } from './http';
import { services } from './open-services';
import { receiveUpload, UploadRefused } from './receive-upload';
import { serveAsset } from './serve-asset';
import { serveThumb } from './serve-thumb';

/** `POST /api/assets`: one file as multipart/form-data; answers with the asset. */
export async function handleUpload(request: Request): Promise<Response> {
  const admitted = admit(request);
  if (admitted.refused) return admitted.refused;
  try {
    return Response.json(await receiveUpload(await services(), admitted.viewer, request), { status: 201 });
  } catch (error) {
    if (error instanceof UploadRefused) return answer(error.status, error.message, error.code);
    console.error('upload:', error);
    return answer(500, 'The upload failed. Try again; the log of the server says more.');
  }
}

/** `GET /api/assets/<id>`: the bytes; `?download` hands them over as a file, `?thumb=1` gives a small picture. */
export async function handleAsset(request: Request, id: string): Promise<Response> {
  const admitted = admit(request);
  if (admitted.refused) return admitted.refused;
  const opened = await services();
  const asset = idPattern.test(id) ? await getAsset(opened.db, admitted.viewer, id) : null;
  if (!asset) return answer(404, 'There is no such file.');
  const isThumb = new URL(request.url).searchParams.get('thumb') === '1';
  return isThumb ? serveThumb(asset, opened) : serveAsset(request, asset, opened.cache.files);
}
