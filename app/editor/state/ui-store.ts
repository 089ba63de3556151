import { create } from 'zustand';
import type { GraphWire } from '../../../nodes/graph';
import type { Point } from './edits';
import type { LooseEnd } from './fitting';

/** A finished file as a viewer needs it. */
export interface Shown {
  asset: string;
  name: string;
  mime: string;
  width?: number;
  height?: number;
  run?: string;
}

/** What the library knows of a file that can be looked at. */
interface Seen {
  id: string;
  name: string;
  mime: string;
  width: number | null;
  height: number | null;
  runId?: string | null;
}

/** A file of the library as a viewer needs it. */
export const shownFile = ({ id, name, mime, width, height, runId }: Seen): Shown => ({
  ...{ asset: id, name, mime, width: width ?? undefined, height: height ?? undefined, run: runId ?? undefined },
});

export interface PaletteAt {
  /** Where it opens, in window pixels, and where the node will lie, in canvas units. */
  screen: Point;
  canvas: Point;
  end?: LooseEnd;
  /** What is chosen goes into this wire, or takes the place of this card. */
  wire?: GraphWire;
  replaces?: string;
  /** Wires are laid by name: first a socket of this card is chosen (`end`), then what it is joined to, on the canvas or new. */
  joins?: string;
  /** Where a node lies that is joined to an input of that card, or to an output. */
  beside?: Record<LooseEnd['side'], Point>;
  /** No hand has said where: what is added covers nothing. */
  clear?: boolean;
}
/** What an open drawer takes from the canvas, in window pixels. */
export const drawerRoom = 352;
export const drawers = ['runs', 'troubles', 'sweep', 'versions', 'node', 'component', 'system'] as const;
export type Drawer = (typeof drawers)[number];

/** What is open on the page: nothing here is saved or undone. */
interface UiState {
  palette: PaletteAt | null;
  drawer: Drawer | null;
  viewer: Shown | null;
  /** What the viewer goes to next, in order; it is itself among them. */
  among: readonly Shown[];
  help: boolean;
  minimap: boolean;
  /** Cards and wires, or the controls chosen for its form. */
  face: 'graph' | 'form';
  /** Cheap work is done while one edits. Kept in this browser. */
  live: boolean;
  /** Run was pressed while a file was still being sent: it starts when that has arrived. */
  awaitsUpload: boolean;
  /** The view shows everything, and nobody has moved it since. */
  fitted: boolean;
  /** A card of a page that is being opened: it is led to as soon as the page is drawn. */
  leadTo: string | null;
  /** The card whose name is being written. */
  renaming: string | null;
  /** The card whose presets are shown. */
  presetsFor: string | null;
  /** The card, by its id in the flat graph, on which another model was chosen, and which: what that recommends is offered there. */
  advised: { node: string; model: string } | null;
  /** The command palette: with everything, or only with cards to find. */
  commands: 'all' | 'cards' | null;
  openCommands(scope: 'all' | 'cards' | null): void;
  openPalette(at: PaletteAt | null): void;
  toggleDrawer(drawer: Drawer | null): void;
  view(file: Shown | null, among?: readonly Shown[]): void;
  setHelp(open: boolean): void;
  setFace(face: 'graph' | 'form'): void;
  toggleMinimap(): void;
  setLive(live: boolean): void;
  setAwaitsUpload(awaits: boolean): void;
  setFitted(fitted: boolean): void;
  rename(id: string | null): void;
  showPresets(id: string | null): void;
  advise(chosen: UiState['advised']): void;
}

export const useUi = create<UiState>()((set) => ({
  palette: null,
  drawer: null,
  viewer: null,
  among: [],
  help: false,
  minimap: true,
  face: 'graph',
  live: typeof localStorage !== 'undefined' && localStorage.getItem('skein.live') === 'on',
  awaitsUpload: false,
  fitted: true,
  leadTo: null,
  renaming: null,
  presetsFor: null,
  advised: null,
  commands: null,
  openCommands: (commands) => set({ commands }),
  openPalette: (palette) => set({ palette }),
  toggleDrawer: (drawer) => set((old) => ({ drawer: old.drawer === drawer ? null : drawer })),
  view: (viewer, among = []) => set({ viewer, among: among.filter(({ mime }) => /^(video|image)\//.test(mime)) }),
  setHelp: (help) => set({ help }),
  setFace: (face) => set({ face }),
  toggleMinimap: () => set((old) => ({ minimap: !old.minimap })),
  setLive: (live) => {
    localStorage.setItem('skein.live', live ? 'on' : 'off');
    set({ live });
  },
  setAwaitsUpload: (awaitsUpload) => set({ awaitsUpload }),
  setFitted: (fitted) => set({ fitted }),
  rename: (renaming) => set({ renaming }),
  showPresets: (presetsFor) => set({ presetsFor }),
  advise: (advised) => set({ advised }),
}));
