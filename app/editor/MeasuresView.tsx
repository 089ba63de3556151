import type { Facts } from '../../nodes/values';

const rows = [
  { name: 'flicker', title: 'Flicker', say: (value: number) => value.toFixed(4) },
  { name: 'motion', title: 'Motion', say: (value: number) => `${value.toFixed(2)} px` },
  { name: 'sharpness', title: 'Sharpness', say: (value: number) => value.toFixed(0) },
] as const;

/** What was measured of one clip, or of two: on the card, where a picture would be. */
export function MeasuresView({ facts, isStale }: { facts: Facts; isStale: boolean }) {
  const hasTwo = typeof facts['psnr'] === 'number';
  const figure = (name: string, say: (value: number) => string) =>
    typeof facts[name] === 'number' ? say(facts[name]) : '–';
  return (
    <div className="mx-3 mb-3 rounded-lg bg-field px-3 py-2 text-[12px]" data-testid="measures">
      {hasTwo && (
        <p className="figures mb-1.5 flex gap-4 font-semibold">
          <span>PSNR {facts['psnr'] === 100 ? 'identical' : figure('psnr', (value) => `${value.toFixed(2)} dB`)}</span>
          <span>SSIM {figure('ssim', (value) => value.toFixed(4))}</span>
        </p>
      )}
      <table className="figures w-full">
        {hasTwo && (
          <thead className="text-[11px] text-ink-3">
            <tr>
              <td />
              <th className="text-right font-medium">A</th>
              <th className="text-right font-medium">B</th>
            </tr>
          </thead>
        )}
        <tbody>
          {rows.map(({ name, title, say }) => (
            <tr key={name}>
              <th className="text-left font-normal text-ink-2">{title}</th>
              <td className="text-right">{figure(name, say)}</td>
              {hasTwo && <td className="text-right">{figure(`${name}B`, say)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      {isStale && (
        <p className="mt-1 text-[11px] text-ink-3" data-hint="The graph has changed since. Run measures anew.">
          from before
        </p>
      )}
    </div>
  );
}
