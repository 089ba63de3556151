'use client';
import { useEffect, useRef, useState } from 'react';
import { PlaceLine } from '../player/PlaceLine';
import { PlayButton } from '../player/PlayButton';
import { OneFilm, toggle } from '../player/playable';

interface Props {
  url: string;
  shape?: { aspectRatio: string };
  /** How many frames it has: an arrow key then goes from frame to frame. */
  frames?: number;
  /** Not to be seen yet: the film before it is still there. */
  isWaiting?: boolean;
  /** Its first frame is there, or it cannot be shown. */
  onReady?(): void;
  onOpen(): void;
}

/**
 * A film on a card. It plays by itself, over and over, without sound; a press holds it, a double press shows it large.
 * The browser's own controls would fill half a card, and take the double press for themselves.
 */
export function Film({ url, shape, frames, isWaiting, onReady, onOpen }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  const [film] = useState(() => new OneFilm(() => video.current, frames));
  const [isHeld, setHeld] = useState(false);
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    // React sets `muted` too late for autoplay in some browsers.
    if (video.current) video.current.muted = true;
  }, []);
  return (
    <div
      className={`group/film ${isWaiting ? 'pointer-events-none absolute inset-0 opacity-0' : 'relative'}`}
      inert={isWaiting}
      onPointerEnter={() => setNear(true)}
      onPointerLeave={() => setNear(false)}
      onFocus={() => setNear(true)}
      onBlur={() => setNear(false)}
    >
      <video
        ref={video}
        src={url}
        poster={`${url}?thumb=1`}
        className="block w-full cursor-pointer"
        style={shape}
        autoPlay
        loop
        muted
        playsInline
        disablePictureInPicture
        onLoadedData={onReady}
        onError={onReady}
        onPlay={() => setHeld(false)}
        onPause={() => setHeld(true)}
        onClick={() => toggle(film)}
        onDoubleClick={onOpen}
      />
      <div
        className={`absolute inset-x-0 bottom-0 flex items-center gap-1.5 bg-linear-to-t from-black/65 to-transparent px-2 pt-5 pb-1.5 text-white transition-opacity duration-150 group-hover/film:opacity-100 group-focus-within/film:opacity-100 ${isHeld ? '' : 'opacity-0'}`}
      >
        <PlayButton
          isPlaying={!isHeld}
          size={13}
          className="flex size-6 flex-none items-center justify-center rounded-md hover:bg-white/20"
          onClick={() => toggle(film)}
        />
        {/* The line follows the film only while it can be seen. */}
        <PlaceLine film={film} label="Place in the film" className="scrub nopan" isQuiet={!isNear && !isHeld} />
      </div>
    </div>
  );
}
