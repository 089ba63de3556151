'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { toast } from 'sonner';
import { type Answers, api } from '../api-client';
import { said } from '../said';

type Settings = Answers['hub']['settings'];

/** One line that says which hub is asked and as whom; pressed, it can be changed. A token goes in, and never comes out again. */
export function HubSettings() {
  const queries = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const { data, error } = useQuery({ queryKey: ['hub'], queryFn: () => api.hub.settings.query() });
  if (error) return <p className="text-[12px] text-bad">{said(error)}</p>;
  if (!data) return null;
  const save = async (change: { endpoint?: string; token?: string }) => {
    try {
      queries.setQueryData(['hub'], await api.hub.configure.mutate(change));
      await queries.invalidateQueries({ queryKey: ['offer'] });
      setOpen(false);
    } catch (failure) {
      toast.error('The hub was not changed', { description: said(failure) });
    }
  };
  return (
    <div className="border-t border-line pt-3">
      <button
        type="button"
        aria-expanded={isOpen}
        className="flex w-full items-center gap-2 rounded-lg py-0.5 text-left text-[12px] text-ink-3 transition-colors hover:text-ink"
        onClick={() => setOpen(!isOpen)}
      >
        <KeyRound size={13} className="flex-none" aria-hidden />
        <span className="min-w-0 flex-1 truncate">
          Hub: {data.endpoint.replace(/^https?:\/\//, '')} · {data.hasToken ? 'token set' : 'no token'}
        </span>
        <span className="underline underline-offset-2">{isOpen ? 'Close' : 'Change'}</span>
      </button>
      {isOpen && <Form settings={data} onSave={save} />}
    </div>
  );
}

function Form(props: { settings: Settings; onSave(change: { endpoint?: string; token?: string }): void }) {
  const { endpoint, hasToken, fixed } = props.settings;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [address, token] = [String(form.get('endpoint') ?? endpoint), String(form.get('token') ?? '')];
    props.onSave({ ...(address === endpoint ? {} : { endpoint: address }), ...(token ? { token } : {}) });
  };
  return (
    <form onSubmit={submit} className="mt-3 flex flex-col gap-3">
      <Line label="Address" says={fixed.endpoint ? 'Set by HF_ENDPOINT.' : 'A mirror, or a hub of your own.'}>
        <input name="endpoint" className={input} defaultValue={endpoint} disabled={fixed.endpoint} spellCheck={false} />
      </Line>
      <Line
        label="Access token"
        says={
          fixed.token
            ? 'Set by HF_TOKEN.'
            : 'For gated and private models. It is kept on the server, sent to this address alone, and shown to nobody.'
        }
      >
        <input
          name="token"
          type="password"
          className={input}
          placeholder={hasToken ? 'one is set; write another to change it' : 'hf_…'}
          disabled={fixed.token}
          autoComplete="off"
        />
      </Line>
      <div className="flex justify-end gap-2">
        {hasToken && !fixed.token && (
          <button type="button" className="text-button" onClick={() => props.onSave({ token: '' })}>
            Forget the token
          </button>
        )}
        <button type="submit" className="text-button">
          Save
        </button>
      </div>
    </form>
  );
}

const input =
  'h-9 w-full rounded-[10px] border border-line bg-field px-3 outline-none transition-colors placeholder:text-ink-3 focus:border-accent-text disabled:opacity-60';

function Line(props: { label: string; says: string; children: React.ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
    <label className="flex flex-col gap-1">
      <span className="text-[12px] font-semibold">{props.label}</span>
      {props.children}
      <span className="text-[11.5px] leading-snug text-ink-3">{props.says}</span>
    </label>
  );
}
