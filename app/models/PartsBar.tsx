import { type Mate, type ModelCard, type ModelPart, partTitles } from '../../nodes/model-card';
import { sayBytes } from '../editor/state/facts-line';

const colors: Record<ModelPart, string> = {
  denoiser: 'var(--kind-latent)',
  'text-encoder': 'var(--kind-conditioning)',
  vae: 'var(--kind-frames)',
};
/** Number formats as people write them. */
const dtypes: Readonly<Record<string, string>> = {
  f32: 'fp32',
  f16: 'fp16',
  bf16: 'bf16',
  f8_e4m3: 'fp8',
  f8_e5m2: 'fp8',
};

/** The parts of a model by their share of its weights, with size and number format of each. */
export function PartsBar({ card }: { card: ModelCard }) {
  if (card.lora) {
    const { rank, modules, unknown } = card.lora;
    return (
      <p className="figures text-[12px] text-ink-2">
        Rank {rank}, changes {modules} {modules === 1 ? 'module' : 'modules'}
        {unknown > 0 && ` · ${unknown} tensors fit nothing`}
      </p>
    );
  }
  // Cards name no parts but these.
  const held = (Object.entries(card.parts) as [ModelPart, NonNullable<ModelCard['parts'][ModelPart]>][]).filter(
    ([name]) => name in colors,
  );
  const mates = card.mates ?? [];
  const whole = held.reduce((sum, [, { bytes }]) => sum + bytes, 0);
  return (
    <div className="flex flex-col gap-2">
      <div className="flex h-2 gap-0.5 overflow-hidden rounded-full" aria-hidden>
        {held.map(([name, { bytes }]) => (
          <div
            key={name}
            className="min-w-1"
            style={{ flexGrow: bytes / Math.max(1, whole), background: colors[name] }}
          />
        ))}
      </div>
      <ul className="flex flex-col gap-0.5 text-[12px]">
        {held.map(([name, { bytes, dtype, variant }]) => (
          <li key={name}>
            <div className="flex items-center gap-2">
              <span className="size-2 flex-none rounded-full" style={{ background: colors[name] }} aria-hidden />
              <span className="min-w-0 flex-1 truncate">
                {partTitles[name]}
                {variant && <span className="text-ink-3"> · variant {variant}</span>}
              </span>
              <span className="number w-12 text-[11px] text-ink-3">{dtypes[dtype] ?? dtype}</span>
              <span className="figures w-[68px] text-right text-ink-2">{sayBytes(bytes)}</span>
            </div>
            <From mate={mates.find(({ part }) => part === name)} says="from" />
          </li>
        ))}
        {mates
          .filter(({ part }) => !held.some(([name]) => name === part))
          .map((mate) => (
            <li key={mate.part}>
              <From mate={mate} says={`${partTitles[mate.part]} from`} />
            </li>
          ))}
      </ul>
    </div>
  );
}

/** Where a part lies that is not in the denoiser's own file, and how many others would fit. */
function From({ mate, says }: { mate: Mate | undefined; says: string }) {
  if (!mate) return null;
  const { from, others } = mate;
  return (
    <p
      className="truncate pl-4 text-[11px] text-ink-3"
      data-hint={others.length ? `${from}. These fit as well: ${others.join(', ')}` : from}
    >
      {says} {from}
      {others.length > 0 && ` · ${others.length} more ${others.length === 1 ? 'fits' : 'fit'}`}
    </p>
  );
}
