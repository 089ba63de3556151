import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { HubProblem } from './hub-problem';

const publicHub = 'https://huggingface.co';

/** Where models are asked for, and as whom. */
export interface Hub {
  /** An origin, and a path where the hub lies below one; no slash at the end. */
  endpoint: string;
  /** Sent to the endpoint's own origin and nowhere else. Never leaves this process otherwise. */
  token?: string;
}

/** The same as people may see it. */
export interface HubSettings {
  endpoint: string;
  hasToken: boolean;
  /** Set by `HF_ENDPOINT` or `HF_TOKEN`, which go before what the page says. */
  fixed: { endpoint: boolean; token: boolean };
}

const stored = z.object({
  endpoint: z.string().optional(),
  /** A token belongs to the endpoint it was given for: another one never gets to see it. */
  token: z.object({ value: z.string(), endpoint: z.string() }).optional(),
});
type Stored = z.output<typeof stored>;

const fileIn = (home: string) => join(home, 'hub.json');

async function load(home: string): Promise<Stored> {
  const text = await readFile(fileIn(home), 'utf8').catch(() => '{}');
  try {
    return stored.parse(JSON.parse(text));
  } catch {
    throw new HubProblem(
      'refused',
      `${fileIn(home)} cannot be read. Delete it, and say the hub's address and token anew.`,
    );
  }
}

/** An address as we keep it. Throws a sentence when it is none we may ask. */
export function endpointOf(text: string): string {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
    throw new HubProblem('refused', `"${text}" is no address of a hub. Write one like ${publicHub}.`);
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** A token as it may stand in a header. Throws a sentence otherwise, without repeating it. */
function tokenOf(text: string): string {
  const token = text.trim();
  if (/^[\x21-\x7e]{4,512}$/.test(token)) return token;
  throw new HubProblem('refused', 'That is no access token: it has spaces or strange letters in it. Copy it again.');
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `HF_ENDPOINT` and `HF_TOKEN`, else what was set in the page, else the public hub. */
export async function readHub(home: string, env: Environment = process.env): Promise<Hub> {
  const { endpoint: saved, token } = await load(home);
  const named = env['HF_ENDPOINT'];
  const endpoint = endpointOf(named || saved || publicHub);
  // The token of the environment goes with the address of the environment, or with the one that everybody means.
  const isTheirs = Boolean(named) || endpoint === publicHub;
  if (env['HF_TOKEN'] && isTheirs) return { endpoint, token: tokenOf(env['HF_TOKEN']) };
  return token?.endpoint === endpoint ? { endpoint, token: token.value } : { endpoint };
}

/** What of it people may see: never the token. */
export async function readHubSettings(home: string, env: Environment = process.env): Promise<HubSettings> {
  const { endpoint, token } = await readHub(home, env);
  const fixed = { endpoint: Boolean(env['HF_ENDPOINT']), token: Boolean(env['HF_TOKEN']) && token === env['HF_TOKEN'] };
  return { endpoint, hasToken: token !== undefined, fixed };
}

/**
 * Writes down an address (empty: the public hub), a token (empty: none), or both; what is left out stays. The file is for
 * its owner's eyes only.
 */
export async function saveHub(home: string, change: { endpoint?: string; token?: string }): Promise<void> {
  const old = await load(home);
  const endpoint =
    change.endpoint === undefined ? old.endpoint : change.endpoint.trim() ? endpointOf(change.endpoint) : undefined;
  const asked = endpointOf(process.env['HF_ENDPOINT'] || endpoint || publicHub);
  const token =
    change.token === undefined
      ? old.token
      : change.token.trim()
        ? { value: tokenOf(change.token), endpoint: asked }
        : undefined;
  const part = `${fileIn(home)}.${process.pid}.tmp`;
  await writeFile(part, JSON.stringify({ endpoint, token }), { mode: 0o600 });
  await rename(part, fileIn(home));
}
