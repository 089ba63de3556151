import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Machine, missingForCuda, providerFiles } from './cuda-needs';
import { Refused, WrongUsage } from './usage';

/**
 * `skein cuda [get]`: what NVIDIA's own way of computing still needs on this machine; `get` fetches the libraries of ONNX
 * Runtime that npm does not carry (about 400 MB), by the installer that came with it.
 */
export async function cuda(args: string[]): Promise<number> {
  const [action, ...rest] = args;
  if ((action !== undefined && action !== 'get') || rest.length)
    throw new WrongUsage('Say: skein cuda, or skein cuda get.');
  const machine = await look();
  const { refusal } = missingForCuda(machine);
  if (refusal) throw new Refused(refusal);
  if (action === 'get' && machine.providers.length < providerFiles.length) await fetchProviders();
  const { says } = missingForCuda(await look());
  for (const line of says) console.log(line);
  if (says.length) return 1;
  const { tryApart } = await import('../inference/try-apart');
  const [trial] = await tryApart(['cuda']);
  if (!trial?.device) throw new Refused(`CUDA cannot be used: ${trial?.says ?? 'it did not answer.'}`);
  console.log(
    `CUDA computes, at ${Math.round(trial.gflops ?? 0)} GFLOP/s, and agrees with the CPU. ${trial.says ?? ''}`,
  );
  return 0;
}

const packageFolder = () => path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
const binaries = () => path.join(packageFolder(), 'bin/napi-v6/linux/x64');

async function look(): Promise<Machine> {
  const { platform, arch } = process;
  if (platform !== 'linux' || arch !== 'x64') return { platform, arch, libraries: [], providers: [] };
  // Where the loader looks: its own list, and what the environment adds.
  const listed = await promisify(execFile)('/sbin/ldconfig', ['-p']).then(
    ({ stdout }) => [...stdout.matchAll(/^\s+(\S+) \(/gm)].map(([, name]) => name!),
    () => [],
  );
  const added = (process.env['LD_LIBRARY_PATH'] ?? '').split(':').filter(Boolean).flatMap(namesIn);
  return { platform, arch, libraries: [...listed, ...added], providers: namesIn(binaries()) };
}

const namesIn = (folder: string): string[] => (fs.existsSync(folder) ? fs.readdirSync(folder) : []);

async function fetchProviders(): Promise<void> {
  const folder = packageFolder();
  const child = spawn(process.execPath, [path.join(folder, 'script/install.js')], {
    cwd: folder,
    stdio: 'inherit',
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'cuda12' },
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code === 0) return;
  throw new Refused(
    `The libraries could not be fetched. Behind a proxy set GLOBAL_AGENT_HTTPS_PROXY; or take ${providerFiles.join(', ')} from the NuGet package Microsoft.ML.OnnxRuntime.Gpu.Linux of the same version and put them into ${binaries()}.`,
  );
}
