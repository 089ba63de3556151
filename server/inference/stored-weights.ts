import { stat } from 'node:fs/promises';
import { openCheckpoint } from './checkpoint';
import { openSafetensors, type SafetensorsFile } from './safetensors';

/** Weights under the names they are stored with, wherever these lie. */
export interface StoredWeights extends Pick<SafetensorsFile, 'path' | 'metadata' | 'tensors'> {
  /** The files they lie in: real path, size. */
  files: readonly { path: string; bytes: number }[];
  /** The same files as they are called, before links are followed. */
  paths: readonly string[];
  /** `path` is a folder: of one part, in the diffusers layout. */
  isFolder: boolean;
  /** Of a folder's weights, which were taken; empty for the plain ones. */
  variant: string;
}

/** Opens a `.safetensors` file, or a folder with weights as diffusers and transformers write them. Reads headers only. */
export async function openWeights(path: string): Promise<StoredWeights> {
  if (await isFolder(path)) {
    const { tensors, files, paths, variant } = await openCheckpoint(path);
    return { path, metadata: {}, tensors: new Map(tensors), files, paths, isFolder: true, variant };
  }
  const file = await openSafetensors(path);
  return { ...file, files: [file], paths: [file.path], isFolder: false, variant: '' };
}

export const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (about) => about.isDirectory(),
    () => false,
  );
