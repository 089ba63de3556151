/**
 * Names of the values typed into ComfyUI's nodes, in the order in which its page stores them. Its API format and its newer
 * pages carry the names themselves; a workflow saved by an older page carries none.
 */
export const widgetNames: Readonly<Record<string, readonly string[]>> = {
  CheckpointLoaderSimple: ['ckpt_name'],
  UNETLoader: ['unet_name', 'weight_dtype'],
  CLIPLoader: ['clip_name', 'type', 'device'],
  VAELoader: ['vae_name'],
  CLIPVisionLoader: ['clip_name'],
  CLIPVisionEncode: ['crop'],
  LoraLoader: ['lora_name', 'strength_model', 'strength_clip'],
  LoraLoaderModelOnly: ['lora_name', 'strength_model'],
  ModelSamplingSD3: ['shift'],
  ModelSamplingAuraFlow: ['shift'],
  EasyCache: ['reuse_threshold', 'start_percent', 'end_percent', 'verbose'],
  CLIPTextEncode: ['text'],
  PrimitiveString: ['value'],
  PrimitiveStringMultiline: ['value'],
  PrimitiveInt: ['value'],
  PrimitiveFloat: ['value'],
  PrimitiveBoolean: ['value'],
  INTConstant: ['value'],
  FloatConstant: ['value'],
  ComfySwitchNode: ['switch'],
  ComfyMathExpression: ['expression'],
  'SimpleMath+': ['value'],
  LTXVConditioning: ['frame_rate'],
  LoadImage: ['image', 'upload'],
  LoadVideo: ['file', 'upload'],
  GetVideoComponents: [],
  PreviewImage: [],
  ImageScale: ['upscale_method', 'width', 'height', 'crop'],
  LTXVPreprocess: ['img_compression'],
  EmptyLatentImage: ['width', 'height', 'batch_size'],
  EmptyHunyuanLatentVideo: ['width', 'height', 'length', 'batch_size'],
  EmptyLTXVLatentVideo: ['width', 'height', 'length', 'batch_size'],
  WanImageToVideo: ['width', 'height', 'length', 'batch_size'],
  WanFirstLastFrameToVideo: ['width', 'height', 'length', 'batch_size'],
  WanFunControlToVideo: ['width', 'height', 'length', 'batch_size'],
  Wan22FunControlToVideo: ['width', 'height', 'length', 'batch_size'],
  WanCameraImageToVideo: ['width', 'height', 'length', 'batch_size'],
  WanVaceToVideo: ['width', 'height', 'length', 'batch_size', 'strength'],
  WanFunInpaintToVideo: ['width', 'height', 'length', 'batch_size'],
  Wan22ImageToVideoLatent: ['width', 'height', 'length', 'batch_size'],
  LTXVImgToVideo: ['width', 'height', 'length', 'batch_size', 'strength'],
  LTXVAddGuide: ['frame_idx', 'strength'],
  KSampler: ['seed', 'steps', 'cfg', 'sampler_name', 'scheduler', 'denoise'],
  KSamplerAdvanced: [
    'add_noise',
    'noise_seed',
    'steps',
    'cfg',
    'sampler_name',
    'scheduler',
    'start_at_step',
    'end_at_step',
    'return_with_leftover_noise',
  ],
  SamplerCustom: ['add_noise', 'noise_seed', 'cfg'],
  RandomNoise: ['noise_seed'],
  CFGGuider: ['cfg'],
  KSamplerSelect: ['sampler_name'],
  BasicScheduler: ['scheduler', 'steps', 'denoise'],
  LTXVScheduler: ['steps', 'max_shift', 'base_shift', 'stretch', 'terminal'],
  ManualSigmas: ['sigmas'],
  VAEDecodeTiled: ['tile_size', 'overlap', 'temporal_size', 'temporal_overlap'],
  CreateVideo: ['fps'],
  SaveVideo: ['filename_prefix', 'format', 'codec'],
  SaveWEBM: ['filename_prefix', 'codec', 'fps', 'crf'],
  SaveAnimatedWEBP: ['filename_prefix', 'fps', 'lossless', 'quality', 'method'],
  SaveAnimatedPNG: ['filename_prefix', 'fps', 'compress_level'],
  SaveImage: ['filename_prefix'],
  SaveLatent: ['filename_prefix'],
};

const seedControls = ['fixed', 'increment', 'decrement', 'randomize'];

/** Behind a seed the page stores what becomes of it after a run; the definition has no such value. */
export function withoutSeedControl(names: readonly string[], values: readonly unknown[]): unknown[] {
  const kept: unknown[] = [];
  for (const value of values) {
    const before = names[kept.length - 1];
    const isControl = (before === 'seed' || before === 'noise_seed') && seedControls.includes(String(value));
    if (!isControl) kept.push(value);
  }
  return kept;
}
