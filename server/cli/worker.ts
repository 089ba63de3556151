/** `skein worker`: computes for a running Skein until it is ended. */
export async function worker(): Promise<number> {
  await import('../worker/main');
  return new Promise(() => {});
}
