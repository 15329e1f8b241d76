import { didYouMean, integerOption, UserError } from '@mfm/cli';
import {
  ATTACKS,
  type Attack,
  attackTests,
  type Band,
  type ChosenAttack,
  findAttack,
  type GivenSettings,
  GRADIENT_ADVICE,
  type Norm,
  type SettingName,
  TARGET_CHOICES,
  type TargetChoice,
} from '@mfm/robustness';
import { attackedClassifier, floatClassifier } from '../../model/attacked-classifier.ts';
import type { Command } from '../eval-command.ts';
import { type GradientOptions, openGradients } from './open-gradients.ts';
import { type PerAttack, parseFraction, parsePerAttack, settingFor } from './per-attack.ts';
import type { RobustnessSection, SuiteModel } from './robustness-section.ts';

/** Which attacks are made, and how. */
export interface AttackOptions extends GradientOptions {
  readonly attacks?: readonly Attack[];
  readonly epsilon?: PerAttack<number>;
  readonly stepSize?: PerAttack<number>;
  readonly steps?: PerAttack<number>;
  readonly restarts?: PerAttack<number>;
  readonly queries?: PerAttack<number>;
  readonly norm?: PerAttack<Norm>;
  readonly targeted?: TargetChoice | true;
  readonly band?: Band;
  /** `paper` asks for FGSM and PGD. */
  readonly suite?: string;
}

const NORM_NAMES: readonly Norm[] = ['linf', 'l2'];

function oneOf<T extends string>(option: string, known: readonly T[], text: string): T {
  const found = known.find((name) => name === text);
  if (found) return found;
  throw new UserError(`${option}: must be ${known.join(' or ')}, got "${text}"${didYouMean(text, known)}`);
}

function parseAttacks(text: string): Attack[] {
  if (text === 'none') return [];
  return [...new Set(text.split(',').map((name) => findAttack(name.trim())))];
}

function parseBand(text: string): Band {
  const match = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(text.trim());
  const [min, max] = [Number(match?.[1]), Number(match?.[2])];
  if (min < max) return { min, max };
  throw new UserError(`--band: must be two distances from DC in cycles per image, like 0-16, got "${text}".`);
}

const fractions = (option: string) => (text: string) =>
  parsePerAttack(option, text, (part) => parseFraction(option, part));
const counts = (option: string) => (text: string) => parsePerAttack(option, text, integerOption(option));

function addOptions(command: Command): Command {
  const attacks = ATTACKS.map(({ name, summary }) => `${name}: ${summary}`).join('; ');
  return command
    .option(
      '--attacks <names>',
      `comma-separated, or "none" (default; with --suite paper fgsm,pgd). ${attacks}`,
      parseAttacks,
    )
    .option(
      '--epsilon <x>',
      'radius of the ball, images in [0, 1]: a number or fraction, or per attack: pgd=4/255,pgd-l2=0.5; default: the protocol, 1/255 for fgsm and pgd',
      fractions('--epsilon'),
    )
    .option('--step-size <x>', 'length of a step; default: half of epsilon, of simba 0.2', fractions('--step-size'))
    .option('--steps <n>', 'gradient steps; default: 5', counts('--steps'))
    .option(
      '--restarts <n>',
      'random starts, of which the worst counts for each image; default: 1',
      counts('--restarts'),
    )
    .option(
      '--queries <n>',
      'questions to the model per image, of attacks without gradients; default: 5000',
      counts('--queries'),
    )
    .option('--norm <name>', "linf or l2; default: each attack's own", (text) =>
      parsePerAttack('--norm', text, (part) => oneOf('--norm', NORM_NAMES, part)),
    )
    .option(
      '--targeted [choice]',
      `towards a class instead of away from the true one: ${TARGET_CHOICES.join(' or ')}`,
      (text) => oneOf('--targeted', TARGET_CHOICES, text),
    )
    .option(
      '--band <min-max>',
      'change only these frequencies (distance from DC in cycles per image), like 0-16',
      parseBand,
    )
    .option('--gradient-model <files...>', 'what "pnpm export --head gradient" wrote of each model')
    .option('--checkpoint <path>', "the model's checkpoint or run directory, of which its gradients are made")
    .option('--ema', "the checkpoint's moving average of the parameters, where the model was exported with --ema");
}

/** Settings that may be given per attack, by the option that gives them. */
const PER_ATTACK = {
  epsilon: '--epsilon',
  stepSize: '--step-size',
  steps: '--steps',
  restarts: '--restarts',
  queries: '--queries',
  norm: '--norm',
} as const;

/** @throws UserError for a setting that no chosen attack has use for, or an ε that would be of two norms */
function settingsOf(attacks: readonly Attack[], options: AttackOptions): ChosenAttack[] {
  const whole: Partial<Record<SettingName, unknown>> = {
    targeted: options.targeted === true ? 'random' : options.targeted,
    band: options.band,
  };
  const chosen = attacks.map((attack): ChosenAttack => {
    const values = Object.keys(PER_ATTACK).map((key) => {
      const setting: PerAttack<unknown> | undefined = options[key as keyof typeof PER_ATTACK];
      // A plain value is for the attacks that have use for it, a named one is not to be passed over.
      const isFor = attack.takes.includes(key as SettingName) || setting?.named[attack.name] !== undefined;
      return [key, isFor ? settingFor(setting, attack.name) : undefined] as const;
    });
    const shared = Object.entries(whole).filter(([key]) => attack.takes.includes(key as SettingName));
    const given = [...values, ...shared].filter(([, value]) => value !== undefined);
    return { attack, given: Object.fromEntries(given) as GivenSettings };
  });
  for (const [key, value] of Object.entries({ ...options, ...whole })) {
    const isSetting = key in PER_ATTACK || key in whole;
    if (!isSetting || value === undefined || attacks.some(({ takes }) => takes.includes(key as SettingName))) continue;
    const option = PER_ATTACK[key as keyof typeof PER_ATTACK] ?? `--${key}`;
    throw new UserError(
      `${option}: must be for one of the attacks, got ${attacks.map(({ name }) => name).join(', ')}. Leave it out.`,
    );
  }
  requireOneNorm(chosen, options);
  return chosen;
}

/** 4/255 is a usual radius in L∞, and next to nothing in L2. */
function requireOneNorm(chosen: readonly ChosenAttack[], { epsilon }: AttackOptions): void {
  if (epsilon?.all === undefined) return;
  const plain = chosen.filter(({ attack }) => epsilon.named[attack.name] === undefined);
  const norms = new Map(plain.map(({ attack, given }) => [attack.defaults(given?.norm, 32).norm, attack.name]));
  if (norms.size < 2) return;
  const [first, second] = [...norms.values()];
  throw new UserError(
    `--epsilon: must be of one norm, got ${epsilon.all} for ${[...norms].map(([norm, name]) => `${name} (${norm})`).join(' and ')}. ` +
      `Name the attacks: --epsilon ${first}=…,${second}=….`,
  );
}

const warn = (message: string) => process.stderr.write(`${message}\n`);

/** Attacks on a model; those that follow gradients need a file of them, or the checkpoint. */
async function openAttacks(
  chosen: readonly ChosenAttack[],
  options: AttackOptions,
  model: SuiteModel,
  imageSize: number,
  seed: number,
) {
  const following = chosen.filter(({ attack }) => attack.needs === 'gradient');
  const context = { imageSize, seed };
  if (following.length === 0) return { tests: attackTests(chosen, floatClassifier(model), context) };
  // Before anything is exported: settings that do not fit, and a model of bytes, which cannot be attacked.
  attackTests(chosen, floatClassifier(model), context);
  const gradients = await openGradients(options, model);
  if (!gradients) {
    const names = following.map(({ attack }) => attack.name).join(', ');
    throw new UserError(
      `--attacks: ${names} must have the gradients of ${model.path}, and none are given. ${GRADIENT_ADVICE}`,
    );
  }
  try {
    const attacked = await attackedClassifier(model, gradients.model, warn);
    const tests = attackTests(chosen, attacked, { ...context, gradientModel: gradients.model.hash });
    return { tests, close: () => gradients.close() };
  } catch (error) {
    await gradients.close();
    throw error;
  }
}

/** Options and tests of the attacks. */
export const attackSection: RobustnessSection<AttackOptions> = {
  addOptions,
  async modelTests(options, { imageSize, seed }, model) {
    const isPaper = options.attacks === undefined && options.suite === 'paper';
    const attacks = isPaper ? [findAttack('fgsm'), findAttack('pgd')] : (options.attacks ?? []);
    if (attacks.length === 0) return { tests: [] };
    const chosen = settingsOf(attacks, options);
    if (isPaper && !options.gradientModel && options.checkpoint === undefined) {
      warn(`FGSM and PGD are left out: they need the gradients of ${model.path}. ${GRADIENT_ADVICE}`);
      return { tests: [] };
    }
    return openAttacks(chosen, options, model, imageSize, seed);
  },
};
