'use client';
import { Check, CircleAlert, CircleSlash, Database, EyeOff, Hourglass, Play, Redo, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { CardStatus } from './state/card-status';
import { saySeconds } from './state/facts-line';

/** What a card says about itself: will run, cached, running n of m, done in s, failed. */
export function StatusBadge({ status }: { status: CardStatus }) {
  switch (status.is) {
    case 'plain':
      return null;
    case 'problem':
      return (
        <Badge
          tone="text-bad"
          icon={<TriangleAlert size={12} />}
          says="needs you"
          hint="Something here must be mended before it can run."
        />
      );
    case 'cached':
      return (
        <Badge
          tone="text-cached"
          icon={<Database size={12} />}
          says="cached"
          hint="This was made before: Run takes it from the cache."
        />
      );
    case 'unused':
      return (
        <Badge
          tone="text-ink-3"
          icon={<CircleSlash size={12} />}
          says="unused"
          hint="No output node needs this, so Run leaves it out."
        />
      );
    case 'off':
      return <Badge tone="text-ink-3" {...offs[status.how]} />;
    case 'will-run': {
      const { reason, seconds } = status;
      const time = seconds === undefined ? '' : saySeconds(seconds);
      const says = reason?.what ? `will run: ${reason.what}` : time ? `will run · ${time}` : 'will run';
      const why = reason ? `${reason.says}. ` : '';
      const about = time && reason?.what ? ` About ${time}.` : '';
      const resumes = status.resumesAt ? ` It goes on after step ${status.resumesAt}.` : '';
      return (
        <Badge
          tone="text-ink-3"
          icon={<Play size={11} />}
          says={says}
          hint={`${why}Run will compute this.${about}${resumes}`}
        />
      );
    }
    case 'waiting':
      return <Badge tone="text-ink-3" icon={<Hourglass size={11} />} says="waiting" />;
    case 'running':
      return <Running inner={status.inner} done={status.done} of={status.of} />;
    case 'reused':
      return (
        <Badge
          tone="text-cached"
          icon={<Database size={12} />}
          says="reused"
          hint="Taken from the cache: nothing it depends on has changed."
        />
      );
    case 'done':
      return (
        <Badge
          tone="text-good"
          icon={<Check size={13} strokeWidth={2.6} />}
          says={status.seconds === undefined ? 'done' : saySeconds(status.seconds)}
          hint={status.where && `Used the ${status.where}.`}
        />
      );
    case 'failed':
      return <Badge tone="text-bad" icon={<CircleAlert size={13} />} says="failed" />;
    case 'stopped':
      return <Badge tone="text-ink-3" icon={<CircleSlash size={12} />} says="stopped" />;
  }
}

const offs = {
  muted: {
    icon: <EyeOff size={12} />,
    says: 'muted',
    hint: 'Left out, with all that needs it. Mute it again to switch it on.',
  },
  bypassed: {
    icon: <Redo size={12} />,
    says: 'bypassed',
    hint: 'Hands through what it would have changed. Bypass it again to switch it on.',
  },
  idle: { icon: <CircleSlash size={12} />, says: 'left out', hint: 'It needs something that is muted.' },
};

const dots: Partial<Record<CardStatus['is'], string>> = {
  problem: 'bg-bad',
  failed: 'bg-bad',
  running: 'bg-accent',
  done: 'bg-good',
  cached: 'bg-cached',
  reused: 'bg-cached',
};

/** The same from afar: a dot that can be seen when words cannot. What waits or will run has none. */
export function StatusDot({ status }: { status: CardStatus['is'] }) {
  const tone = dots[status];
  return tone ? (
    <span role="img" aria-label={status} className={`absolute top-2.5 right-3 size-6 rounded-full ${tone}`} />
  ) : null;
}

function Badge({ tone, icon, says, hint }: { tone: string; icon: ReactNode; says: string; hint?: string }) {
  return (
    <span
      data-hint={hint}
      className={`figures flex flex-none items-center gap-1 whitespace-nowrap text-[11px] ${tone}`}
    >
      {icon}
      <span className="max-w-32 truncate">{says}</span>
    </span>
  );
}

const radius = 6.5;
const round = 2 * Math.PI * radius;

function Running({ inner, done, of }: { inner?: string; done?: number; of?: number }) {
  const share = done !== undefined && of ? done / of : undefined;
  return (
    <span className="figures flex flex-none items-center gap-1.5 whitespace-nowrap text-[11px] text-accent-text">
      <svg viewBox="0 0 16 16" className={`size-4 -rotate-90 ${share === undefined ? 'animate-spin' : ''}`} aria-hidden>
        <circle cx="8" cy="8" r={radius} fill="none" stroke="var(--line-strong)" strokeWidth="2.5" />
        <circle
          cx="8"
          cy="8"
          r={radius}
          fill="none"
          stroke="var(--accent)"
          strokeWidth="2.5"
          strokeLinecap="round"
          strokeDasharray={round}
          strokeDashoffset={round * (1 - (share ?? 0.25))}
          style={{ transition: 'stroke-dashoffset 200ms ease-out' }}
        />
      </svg>
      {inner && <span className="max-w-24 truncate">{inner}</span>}
      {of ? `${done} of ${of}` : inner ? '' : 'running'}
    </span>
  );
}
