'use client';
import { useSyncExternalStore } from 'react';

export type Theme = 'light' | 'dark';

function watch(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return () => observer.disconnect();
}
const read = (): Theme => (document.documentElement.dataset['theme'] === 'light' ? 'light' : 'dark');

/** The theme as set on the page's root element, and how to change it. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const theme = useSyncExternalStore(watch, read, () => 'dark' as const);
  return [theme, setTheme];
}

function setTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme;
  localStorage.setItem('skein.theme', theme);
}
