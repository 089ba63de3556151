'use client';
import { Moon, Sun } from 'lucide-react';
import { useTheme } from './theme';

export function ThemeButton() {
  const [theme, setTheme] = useTheme();
  const isDark = theme === 'dark';
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={isDark ? 'Light theme' : 'Dark theme'}
      data-hint={isDark ? 'Light theme' : 'Dark theme'}
      onClick={() => setTheme(isDark ? 'light' : 'dark')}
    >
      {isDark ? <Sun size={16} /> : <Moon size={16} />}
    </button>
  );
}
