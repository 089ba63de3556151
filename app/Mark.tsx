/** The mark: threads that meet in a knot. */
export function Mark({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" strokeWidth="2.4" strokeLinecap="round" aria-hidden>
      <path d="M3 6.5C9 6.5 9.5 17.5 21 17.5" stroke="var(--kind-latent)" />
      <path d="M3 12c6 0 12 0 18 0" stroke="var(--accent)" />
      <path d="M3 17.5c6 0 6.500-11 18-11" stroke="var(--kind-frames)" />
    </svg>
  );
}
