import type { Denoiser, ModelDoor, TextEncoder, Vae } from '../../nodes/machine';
import { withFastWeights } from '../../nodes/memory';
import { partWord } from '../../nodes/model-card';
import type { DeviceName, ModelCard, ModelPart, ModelValue } from '../../nodes/values';
import { type Catalog, type CatalogModel, currentCard } from './catalog';
import { chooseDevice } from './devices';
import type { FamilyParts, LoraOfPart, OpenPart, Where } from './families/family';
import { familyParts } from './families/parts-registry';
import { fastFacts } from './fast-places';
import type { Place } from './find-models';
import type { Device } from './session';
import { TinyDecoder } from './tiny-decoder';

/** Parts kept open; beyond that the one unused for longest is closed. */
const maxOpen = 6;

/** Text encoders above so many bytes give way to the denoiser as soon as it is asked for. */
const largeBytes = 1e9;

interface Held {
  part: ModelPart;
  bytes: number;
  opened: Promise<OpenPart<TextEncoder | Denoiser | Vae>>;
}

export interface ModelsOptions {
  catalog: Catalog;
  device: Device;
  /** Where digests are remembered. */
  dataFolder: string;
}

/** Cards are made by families, so each has one that opens. */
function partsOf({ title, family }: ModelCard): FamilyParts {
  const parts = familyParts[family];
  if (!parts) throw new Error(`Nothing here opens the family "${family}" of ${title}. Choose another model.`);
  return parts;
}

/** The door to models: opens their parts when they are asked for and keeps the latest. */
export class OpenModels implements ModelDoor {
  private catalog: Catalog;
  private readonly device: Device;
  /** Devices that parts asked for by name, tried once each. */
  private readonly others = new Map<DeviceName, Promise<Device>>();
  private readonly dataFolder: string;
  /** In order of use, the latest last. */
  private readonly held = new Map<string, Held>();

  constructor({ catalog, device, dataFolder }: ModelsOptions) {
    this.catalog = catalog;
    this.device = device;
    this.dataFolder = dataFolder;
  }

  /** Goes on with a newer look at the folders. What is open stays open: parts are known by their digest. */
  update(catalog: Catalog): void {
    this.catalog = catalog;
  }

  reference(model: string, part: ModelPart): ModelValue {
    const { card } = this.find(model);
    const found = card.parts[part];
    if (!found) {
      throw new Error(
        `The model ${card.title} has no ${part} in its folder. Download that part, or use another model's.`,
      );
    }
    return { kind: 'model', model, part, digest: found.digest };
  }

  card(ref: ModelValue): ModelCard {
    return this.find(ref.model).card;
  }

  lora(id: string): string {
    const { card } = this.find(id);
    if (!card.lora) throw new Error(`${card.title} is a whole model, not a LoRA. Choose a LoRA.`);
    return card.digest;
  }

  async textEncoder(ref: ModelValue): Promise<TextEncoder> {
    return this.open(ref, 'text-encoder', (parts) => parts.openTextEncoder);
  }

  async denoiser(ref: ModelValue): Promise<Denoiser> {
    await this.makeRoom();
    const denoiser = await this.open(ref, 'denoiser', (parts) => parts.openDenoiser);
    if (!ref.loras?.length) return denoiser;
    // Strengths go with the call: another one opens nothing anew.
    const loraStrengths = ref.loras.map(({ strength }) => strength);
    return { ...denoiser, predict: (call) => denoiser.predict({ ...call, loraStrengths }) };
  }

  async vae(ref: ModelValue): Promise<Vae> {
    await this.makeRoom();
    return this.open(ref, 'vae', (parts) => (ref.tiny === undefined ? parts.openVae : this.tinyOpener(ref)));
  }

  /** What opens the tiny decoder in the VAE's place: the same for all families. */
  private tinyOpener({ model, tiny: digest }: ModelValue): FamilyParts['openVae'] {
    const { card, tiny } = this.find(model);
    if (tiny === undefined || card.tiny?.digest !== digest) {
      throw new Error(
        `The tiny decoder of ${model} has changed since this run was started, or is gone. Run it again, or choose the full decoder.`,
      );
    }
    return async ({ device }) => ({
      part: await TinyDecoder.open(tiny, card, device),
      release: async () => undefined,
    });
  }

  /** Closes everything. A part that is used afterwards opens again. */
  async release(): Promise<void> {
    for (const key of [...this.held.keys()]) await this.close(key);
  }

  /** Where a part computes and how exactly, in a few words: `denoiser on cpu in eight bits`. Throws as opening it would. */
  async placeOf(ref: ModelValue): Promise<string> {
    const { name } = await this.deviceOf(ref);
    const words = partWord(ref.part);
    if (ref.precision === 'half') return `${words} on ${name} in fp16`;
    if (ref.precision !== 'fast') return `${ref.tiny === undefined ? words : 'tiny decoder'} on ${name}`;
    const measured = await fastFacts(this.dataFolder, ref.digest);
    return `${words} on ${name} in eight bits${measured ? ` (error ${(100 * measured.error).toFixed(1)} %)` : ''}`;
  }

  private find(model: string): CatalogModel {
    const found = this.catalog.get(model);
    if (!found) {
      const known = [...this.catalog.keys()].join(', ') || 'none';
      throw new Error(
        `The model "${model}" is not in the library (there: ${known}). Choose another, or bring it here under Models.`,
      );
    }
    if (found.card.broken) throw new Error(found.card.broken);
    return found;
  }

  private async open<T extends TextEncoder | Denoiser | Vae>(
    ref: ModelValue,
    part: ModelPart,
    opener: (parts: FamilyParts) => (where: Where) => Promise<OpenPart<T>>,
  ): Promise<T> {
    if (ref.part !== part) {
      throw new Error(
        `A ${ref.part} of ${ref.model} was given where a ${part} is needed. Wire the model's ${part} here.`,
      );
    }
    const { folder, card, place } = this.find(ref.model);
    const loras = await this.lorasOf(ref, card);
    const device = await this.deviceOf(ref);
    const fast = ref.precision === 'fast' ? { fast: { dataFolder: this.dataFolder, digest: ref.digest } } : {};
    const key = [
      part,
      ref.digest,
      device.name,
      ref.precision ?? '',
      ref.tiny ?? '',
      ...(ref.loras ?? []).map((use) => [use.digest, use.partial, use.network].join()),
    ].join(' ');
    let held = this.held.get(key);
    if (held) this.held.delete(key);
    else {
      await this.mustBeUnchanged(ref, place);
      held = {
        part,
        bytes: card.parts[part]?.bytes ?? 0,
        opened: opener(partsOf(card))({
          folder,
          card: fast.fast && part === 'denoiser' ? withFastWeights(card) : card,
          device,
          loras,
          isHalf: ref.precision === 'half',
          ...fast,
        }),
      };
      held.opened.catch(() => this.held.delete(key));
    }
    this.held.set(key, held);
    for (const [old] of [...this.held].slice(0, -maxOpen)) await this.close(old);
    // A key names its part, so what lies under it is what this very opener made.
    return ((await held.opened) as OpenPart<T>).part;
  }

  private async deviceOf({ device, precision, model, part }: ModelValue): Promise<Device> {
    const found = !device || device === this.device.name ? this.device : await this.otherDevice(device);
    if (precision === 'half') {
      if (found.name === 'cpu') {
        throw new Error(
          `fp16 is for graphics cards, and the ${partWord(part)} of ${this.find(model).card.title} is to compute on the CPU, which would only take longer. Choose another device for it, or exact or fast precision.`,
        );
      }
    }
    if (precision === 'fast' && found.name !== 'cpu') {
      throw new Error(
        `The ${partWord(part)} of ${model} was to compute in the fast mode, which is for a CPU, and this machine computes on ${found.name}. Choose the device cpu for the ${partWord(part)} in "More" of the model node, or exact precision.`,
      );
    }
    return found;
  }

  private otherDevice(name: DeviceName): Promise<Device> {
    const found = this.others.get(name) ?? chooseDevice(name).then(({ device }) => device);
    this.others.set(name, found);
    found.catch(() => this.others.delete(name));
    return found;
  }

  private async lorasOf({ loras = [] }: ModelValue, base: ModelCard): Promise<LoraOfPart[]> {
    return Promise.all(
      loras.map(async ({ lora, digest, partial, network }) => {
        const { place, card } = this.find(lora);
        if (card.family !== base.family) {
          throw new Error(
            `${card.title} changes models of the family ${card.family}, and ${base.title} is of the family ${base.family}. Use it with a ${card.family} model.`,
          );
        }
        const now = await currentCard({ id: lora, place, dataFolder: this.dataFolder });
        if (now.broken) throw new Error(now.broken);
        if (now.digest !== digest) {
          throw new Error(`The LoRA ${lora} has changed since this run was started. Run it again to use the new one.`);
        }
        return { path: place.path, partial, network };
      }),
    );
  }

  /** The files must still be those that the run was planned with; else its results would be filed under a wrong name. */
  private async mustBeUnchanged(ref: ModelValue, place: Place): Promise<void> {
    const now = await currentCard({ id: ref.model, place, dataFolder: this.dataFolder });
    if (now.broken) throw new Error(now.broken);
    if (now.parts[ref.part]?.digest !== ref.digest) {
      throw new Error(
        `The files of the model ${ref.model} have changed in ${place.path} since this run was started. Run it again to use the new ones.`,
      );
    }
  }

  /** A large text encoder has done its work when the denoiser or the VAE is asked for. */
  private async makeRoom(): Promise<void> {
    for (const [key, { part, bytes }] of [...this.held]) {
      if (part === 'text-encoder' && bytes > largeBytes) await this.close(key);
    }
  }

  private async close(key: string): Promise<void> {
    const held = this.held.get(key);
    this.held.delete(key);
    const opened = await held?.opened.catch(() => undefined);
    await opened?.release();
  }
}
