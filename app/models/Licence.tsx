'use client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Licence } from '../../server/api/root';
import { api } from '../api-client';
import { Sheet } from '../Sheet';
import { said } from '../said';

/** What a licence is called where there is little room. */
export const sayLicence = ({ id, name, link }: Omit<Licence, 'text'>): string =>
  (id === 'other' || !id ? name : id) ?? (link ? 'its own terms' : 'none named');

/** The name of a licence; where more than the name is known, it opens. */
export function LicenceName({ licence, of }: { licence: Licence; of: string }) {
  const [isOpen, setOpen] = useState(false);
  if (!licence.text && !licence.link) return <>{sayLicence(licence)}</>;
  return (
    <>
      <LinkButton onClick={() => setOpen(true)}>{sayLicence(licence)}</LinkButton>
      <Sheet title={`Licence of ${of}`} wide={680} open={isOpen} onClose={() => setOpen(false)}>
        <Words licence={licence} />
      </Sheet>
    </>
  );
}

/** The same for a model of the library, whose words are fetched when they are wanted. */
export function ModelLicence(props: { model: string; title: string; licence: Licence & { hasText: boolean } }) {
  const { model, title, licence } = props;
  const [isOpen, setOpen] = useState(false);
  const { data, error } = useQuery({
    queryKey: ['licence', model],
    queryFn: () => api.models.licence.query({ id: model }),
    enabled: isOpen,
  });
  if (!licence.hasText && !licence.link && !licence.id) return <span className="text-ink-3">none named</span>;
  return (
    <>
      <LinkButton onClick={() => setOpen(true)}>{sayLicence(licence)}</LinkButton>
      <Sheet title={`Licence of ${title}`} wide={680} open={isOpen} onClose={() => setOpen(false)}>
        {error ? <p className="text-bad">{said(error)}</p> : <Words licence={data ?? licence} />}
      </Sheet>
    </>
  );
}

function Words({ licence: { id, name, link, text } }: { licence: Licence }) {
  return (
    <div className="flex flex-col gap-3">
      <p className="text-ink-2">
        {[id, name].filter(Boolean).join(' · ')}
        {link && (
          <a
            href={link}
            target="_blank"
            rel="noreferrer"
            className="ml-2 text-accent-text underline underline-offset-2"
          >
            {link}
          </a>
        )}
      </p>
      {text ? (
        <pre className="number max-h-[60vh] overflow-y-auto rounded-2xl bg-field p-4 text-[11.5px] leading-relaxed whitespace-pre-wrap select-text">
          {text}
        </pre>
      ) : (
        <p className="text-ink-3">Its words do not lie beside the model.</p>
      )}
    </div>
  );
}

function LinkButton(props: { onClick(): void; children: React.ReactNode }) {
  return (
    <button
      type="button"
      className="max-w-full truncate rounded text-left underline decoration-line-strong underline-offset-[3px] transition-colors hover:decoration-accent-text"
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}
