/*
 * Names of tensors as Lightricks gave them, in the single files of LTX-Video, and diffusers' names of the same.
 */

const block =
  /^transformer_blocks\.\d+\.(attn[12]\.(to_[qkv]|to_out\.0|[qk]_norm)|ff\.net\.(0\.proj|2)|scale_shift_table)\b/;
const top = /^(patchify_proj|adaln_single|caption_projection\.linear_[12]|proj_out|scale_shift_table)\b/;

/** Diffusers' name of a denoiser's tensor; null for one that LTX-Video has not (LTX-2 has more). */
export function denoiserName(name: string): string | null {
  if (!block.test(name) && !top.test(name)) return null;
  return name
    .replace(/^patchify_proj\./, 'proj_in.')
    .replace(/^adaln_single\./, 'time_embed.')
    .replace(/\.([qk])_norm\./, '.norm_$1.');
}

/** Diffusers' names of all tensors of a VAE by their original names; null for those that belong to none. */
export function vaeNames(originals: Iterable<string>): Map<string, string | null> {
  const all = [...originals];
  const places = { up: blockPlaces(all, 'up'), down: blockPlaces(all, 'down') };
  return new Map(all.map((name) => [name, vaeName(name, places)]));
}

type Places = Record<'up' | 'down', ReadonlyMap<number, string>>;

/**
 * Where each entry of a half's flat list of layers goes. A group of blocks, one that changes the width, and one that changes
 * the size take turns; in diffusers' layout those round a group belong to it: before it on the way up, behind it on the way
 * down. The first group on the way up and the last on the way down are the middle.
 */
function blockPlaces(all: readonly string[], way: 'up' | 'down'): Map<number, string> {
  const kinds = new Map<number, 'group' | 'widening' | 'sampler'>();
  for (const name of all) {
    const [, index, rest = ''] = new RegExp(`coder\\.${way}_blocks\\.(\\d+)\\.(.+)$`).exec(name) ?? [];
    if (index === undefined) continue;
    const kind = rest.startsWith('res_blocks.') ? 'group' : rest.startsWith('conv1.') ? 'widening' : undefined;
    if (kind) kinds.set(Number(index), kind);
    else if (!kinds.has(Number(index))) kinds.set(Number(index), 'sampler');
  }
  const order = [...kinds].sort(([a], [b]) => a - b);
  const groups = order.filter(([, kind]) => kind === 'group').map(([index]) => index);
  const middle = way === 'up' ? groups[0] : groups.at(-1);
  const places = new Map<number, string>();
  let block = way === 'up' ? 0 : -1;
  for (const [index, kind] of order) {
    const at = `${way}_blocks.${block}`;
    if (index === middle) places.set(index, 'mid_block');
    else if (kind === 'sampler') places.set(index, `${at}.${way}samplers.0`);
    else if (kind === 'widening') places.set(index, `${at}.conv_${way === 'up' ? 'in' : 'out'}`);
    else places.set(index, way === 'up' ? `up_blocks.${block++}` : `down_blocks.${++block}`);
  }
  return places;
}

function vaeName(name: string, places: Places): string | null {
  const statistics = /^per_channel_statistics\.(mean|std)-of-means$/.exec(name);
  if (statistics) return `latents_${statistics[1]}`;
  const match = /^(encoder|decoder)\.(up|down)_blocks\.(\d+)\.(.+)$/.exec(name);
  if (!match) return /^(encoder|decoder)\./.test(name) ? layerName(name) : null;
  // The expression has these groups.
  const [, half, way, index, rest] = match as unknown as [string, string, 'up' | 'down', string, string];
  const place = places[way].get(Number(index));
  return place === undefined ? null : `${half}.${place}.${layerName(rest)}`;
}

const layerName = (name: string): string =>
  name
    .replace('res_blocks.', 'resnets.')
    .replace('norm3.norm.', 'norm3.')
    .replace(/conv_shortcut\.(?!conv\.)/, 'conv_shortcut.conv.')
    .replace('last_time_embedder.', 'time_embedder.')
    .replace('last_scale_shift_table', 'scale_shift_table');
