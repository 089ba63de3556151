import { existsSync } from 'node:fs';

export interface Limits {
  /** Processor time, in seconds. */
  cpuSeconds?: number;
  /** Everything that is mapped, files included. */
  addressBytes?: number;
  /** What the process may take for itself. */
  dataBytes?: number;
}

/** Puts a program under limits of memory and processor time, where the system has the means (Linux). */
export function limited(program: string, args: string[], limits: Limits): { program: string; args: string[] } {
  const prlimit = '/usr/bin/prlimit';
  if (process.platform !== 'linux' || !existsSync(prlimit)) return { program, args };
  const { cpuSeconds, addressBytes, dataBytes } = limits;
  const flags = [
    ...(addressBytes === undefined ? [] : [`--as=${addressBytes}`]),
    ...(dataBytes === undefined ? [] : [`--data=${dataBytes}`]),
    ...(cpuSeconds === undefined ? [] : [`--cpu=${cpuSeconds}`]),
  ];
  return { program: prlimit, args: [...flags, '--core=0', program, ...args] };
}
