'use client';
import { Pause, Play } from 'lucide-react';
import { type ChangeEvent, useEffect, useRef, useState } from 'react';

interface Props {
  url: string;
  shape?: { aspectRatio: string };
  /** How many frames it has: an arrow key then goes from frame to frame. */
  frames?: number;
  onOpen(): void;
}

/**
 * A film on a card. It plays by itself, over and over, without sound; a press holds it, a double press shows it large.
 * The browser's own controls would fill half a card, and take the double press for themselves.
 */
export function Film({ url, shape, frames, onOpen }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  const place = useRef<HTMLInputElement>(null);
  const [isHeld, setHeld] = useState(false);
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    // React sets `muted` too late for autoplay in some browsers.
    if (video.current) video.current.muted = true;
  }, []);
  // The line follows the film only while it can be seen.
  useEffect(() => {
    if (!isNear && !isHeld) return;
    let turn = 0;
    const follow = () => {
      const film = video.current;
      if (film?.duration && place.current) {
        place.current.value = String(film.currentTime / film.duration);
        place.current.style.setProperty('--share', place.current.value);
      }
      turn = requestAnimationFrame(follow);
    };
    follow();
    return () => cancelAnimationFrame(turn);
  }, [isNear, isHeld]);

  const toggle = () => {
    const film = video.current;
    if (film?.paused) void film.play().catch(() => undefined);
    else film?.pause();
  };
  const goTo = (event: ChangeEvent<HTMLInputElement>) => {
    const film = video.current;
    if (!film?.duration) return;
    film.pause();
    film.currentTime = Math.min(film.duration - 0.001, event.target.valueAsNumber * film.duration);
  };
  return (
    <div
      className="group/film relative"
      onPointerEnter={() => setNear(true)}
      onPointerLeave={() => setNear(false)}
      onFocus={() => setNear(true)}
      onBlur={() => setNear(false)}
    >
      <video
        ref={video}
        key={url}
        src={url}
        poster={`${url}?thumb=1`}
        className="block w-full cursor-pointer"
        style={shape}
        autoPlay
        loop
        muted
        playsInline
        disablePictureInPicture
        onPlay={() => setHeld(false)}
        onPause={() => setHeld(true)}
        onClick={toggle}
        onDoubleClick={onOpen}
      />
      <div
        className={`absolute inset-x-0 bottom-0 flex items-center gap-1.5 bg-linear-to-t from-black/65 to-transparent px-2 pt-5 pb-1.5 text-white transition-opacity duration-150 group-hover/film:opacity-100 group-focus-within/film:opacity-100 ${isHeld ? '' : 'opacity-0'}`}
      >
        <button
          type="button"
          aria-label={isHeld ? 'Play' : 'Pause'}
          className="flex size-6 flex-none items-center justify-center rounded-md hover:bg-white/20"
          onClick={toggle}
        >
          {isHeld ? <Play size={13} fill="currentColor" /> : <Pause size={13} fill="currentColor" />}
        </button>
        <input
          ref={place}
          type="range"
          min={0}
          max={1}
          step={frames ? 1 / frames : 0.01}
          defaultValue={0}
          aria-label="Place in the film"
          className="scrub nopan h-4 min-w-0 flex-1 cursor-pointer"
          onChange={goTo}
        />
      </div>
    </div>
  );
}
