import type { LaidOut } from '../../nodes/sweep-cells';
import { type Answers, api, assetUrl } from '../api-client';
import { upload } from '../upload';
import type { Arrangement } from './arrange';
import { type Found, pictureOf } from './picture';
import type { Swept } from './use-sweep';

/**
 * One film of all cells on show, side by side with their labels. The page draws the picture they lie on, the server puts
 * the films there. It becomes a result, and is handed to the person as a file.
 */
export async function filmOf(
  { id: sweepId, name }: Swept,
  about: { laid: LaidOut; view: Arrangement; found: Found },
): Promise<Answers['sweeps']['film']> {
  const { laid, view, found } = about;
  // A film of more pixels plays nowhere smoothly.
  const { picture, places } = await pictureOf(laid, { view, title: name, found, most: 3840 });
  if (!places.length) throw new Error('No cell on show has a result yet. Wait for one.');
  const sheet = await upload(new File([picture], 'contact sheet.png', { type: 'image/png' }));
  const made = await api.sweeps.film.mutate({ sweepId, sheet: sheet.id, places });
  const link = document.createElement('a');
  link.href = `${assetUrl(made.id)}?download`;
  link.download = made.name;
  link.click();
  return made;
}
